/* On narrow windows the sidebar stands below the content: there it comes after it in the document, too, so that the
   focus goes down the page and does not jump to its end and back. */
(function () {
  "use strict";
  var narrow = window.matchMedia("(max-width:767px)");
  function place() {
    var aside = document.querySelector(".main .wrapper > .secondary"),
      content = document.querySelector(".main .wrapper > .primary");
    if (!aside || !content) return;
    var after = Boolean(content.compareDocumentPosition(aside) & Node.DOCUMENT_POSITION_FOLLOWING);
    if (after === narrow.matches) return;
    var focused = document.activeElement;
    content.parentNode.insertBefore(aside, narrow.matches ? content.nextSibling : content);
    if (focused && aside.contains(focused)) focused.focus({ preventScroll: true });
  }
  place();
  narrow.addEventListener("change", place);
  document.addEventListener("htmx:afterSettle", place);
})();
