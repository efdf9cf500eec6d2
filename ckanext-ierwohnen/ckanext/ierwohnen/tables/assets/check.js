/* After a correction htmx replaces the form: the focus goes back to the field that was changed. */
(function () {
  'use strict';
  var last = null;
  document.addEventListener('htmx:beforeRequest', function () {
    last = document.activeElement && document.activeElement.id;
  });
  document.addEventListener('htmx:afterSettle', function () {
    var field = last && document.getElementById(last);
    if (field) { field.focus({ preventScroll: true }); }
  });
})();
