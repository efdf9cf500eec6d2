/* After a correction htmx replaces the form: the focus goes back to the field that was changed, the table stays
   scrolled as it was, and the outcome is told. What was chosen while a check was on its way is not overwritten. */
(function () {
  'use strict';
  var last = '';
  var scrolled = 0;
  var newer = false;
  var notes = 0;

  function part(event) {
    return event.target && event.target.closest && event.target.closest('#iw-check');
  }

  function isPage() {
    return document.getElementById('iw-check');
  }

  document.addEventListener('change', function (event) {
    if (part(event)) { newer = true; }
  });
  document.addEventListener('htmx:beforeRequest', function (event) {
    if (!part(event)) { return; }
    newer = false;
    var active = document.activeElement;
    if (active && active !== document.body) { last = active.id || active.name || ''; }
    notes = document.querySelectorAll('#iw-check .iw-kept-note input[type=text]').length;
    var box = document.querySelector('#iw-check .iw-scroll');
    if (box) { scrolled = box.scrollLeft; }
  });
  document.addEventListener('htmx:beforeSwap', function (event) {
    if (part(event) && newer) { event.detail.shouldSwap = false; }
  });
  document.addEventListener('htmx:afterSettle', function () {
    var form = isPage();
    if (!form || !form.dataset.told) { return; }
    var box = form.querySelector('.iw-scroll');
    if (box) { box.scrollLeft = scrolled; }
    focusAgain();
    document.getElementById('iw-check-told').textContent = '';
    window.setTimeout(function () {
      document.getElementById('iw-check-told').textContent = form.dataset.told;
    }, 50);
  });

  function focusAgain() {
    if (!last) { return; }
    var fields = document.querySelectorAll('#iw-check .iw-kept-note input[type=text]');
    if (last === 'repair' && fields.length > notes) { /* a value was kept: its note comes next */
      fields[fields.length - 1].focus();
      last = '';
      return;
    }
    var home = { look: 'iw-roles', repair: 'iw-problem-list', undo: 'iw-problem-list' }[last];
    var field = document.getElementById(home || last) ||
      document.getElementById(last.replace('of-', 'role-')) || document.getElementById('iw-roles');
    if (field) { field.focus({ preventScroll: true }); }
    last = '';
  }
})();
