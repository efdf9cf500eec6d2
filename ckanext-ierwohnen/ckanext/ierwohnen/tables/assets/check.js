/* After a correction htmx replaces the form: the focus goes back to the field that was changed, or to the list of
   problems when the button that was pressed is gone. */
(function () {
  'use strict';
  var last = null;
  document.addEventListener('htmx:beforeRequest', function () {
    last = document.activeElement && document.activeElement.id;
  });
  document.addEventListener('htmx:afterSettle', function () {
    var field = document.getElementById(last || 'iw-problem-list');
    if (field) { field.focus({ preventScroll: true }); }
  });
})();
