/* CKAN's view of texts takes what it shows from a script within the page, which the portal's policy does not run. */
(function () {
  "use strict";
  Object.assign(window, JSON.parse(document.getElementById("iw-text-view").textContent));
})();
