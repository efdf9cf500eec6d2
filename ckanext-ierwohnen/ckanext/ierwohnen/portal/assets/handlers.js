/* What CKAN's pages do by scripts in attributes: the portal's policy runs none within a page. Buttons say by names of
   elements (data-iw-checks, -empties, -focuses, -clicks) what they do there. */
(function () {
  "use strict";
  function named(button, attribute) {
    var name = button.getAttribute(attribute);
    return name && document.getElementById(name);
  }
  document.addEventListener("click", function (event) {
    if (!event.target.closest) return;
    if (event.target.closest('a[href^="javascript:"]')) event.preventDefault();
    var button = event.target.closest("[data-iw-checks]");
    if (!button) return;
    var checked = named(button, "data-iw-checks"), emptied = named(button, "data-iw-empties");
    var focused = named(button, "data-iw-focuses"), clicked = named(button, "data-iw-clicks");
    if (checked) checked.checked = true;
    if (emptied) emptied.value = "";
    if (focused) focused.focus();
    if (clicked) clicked.click();
  });
  function revoking(disabled) {
    var button = document.getElementById("revoke-tokens-button");
    if (button) button.disabled = disabled;
  }
  document.addEventListener("change", function (event) {
    if (event.target.matches("#api-tokens-table [name=token]"))
      revoking(!document.querySelector("#api-tokens-table [name=token]:checked"));
  });
  document.addEventListener("htmx:afterRequest", function (event) {
    if (event.target.querySelector && event.target.querySelector("#revoke-tokens-button")) revoking(true);
  });
  document.addEventListener("htmx:afterSettle", function () {
    var form = document.querySelector("form[data-iw-made]");
    var made = form && named(form, "data-iw-made");
    if (made) made.scrollIntoView(false);
  });
})();
