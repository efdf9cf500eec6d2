/* After a correction htmx replaces the form: the focus goes back to where it was (who has gone on by Tab while the
   check was on its way stays there), the table stays scrolled as it was, and the outcome is told. What was chosen
   while a check was on its way is not overwritten. */
(function () {
  'use strict';
  var last = '';
  var scrolled = 0;
  var newer = false;
  var notes = 0;
  var next = null;
  var pressed = null;

  function part(event) {
    return event.target && event.target.closest && event.target.closest('#iw-check');
  }

  function isPage() {
    return document.getElementById('iw-check');
  }

  document.addEventListener('change', function (event) {
    if (part(event)) { newer = true; }
  });
  document.addEventListener('htmx:configRequest', function (event) {
    /* htmx sends the button that merely has the focus along with a form: a Tab onto "Publish" would publish. */
    if (!part(event) || event.detail.elt.tagName !== 'FORM') { return; }
    ['do', 'look', 'repair', 'undo'].forEach(function (name) { delete event.detail.parameters[name]; });
  });
  document.addEventListener('htmx:beforeRequest', function (event) {
    if (!part(event)) { return; }
    newer = false;
    pressed = event.detail.elt.tagName === 'BUTTON' ? event.detail.elt : null;
    last = pressed ? pressed.id || pressed.name : '';
    notes = document.querySelectorAll('#iw-check .iw-kept-note input[type=text]').length;
    var box = document.querySelector('#iw-check .iw-scroll');
    if (box) { scrolled = box.scrollLeft; }
  });
  document.addEventListener('htmx:beforeSwap', function (event) {
    if (!part(event)) { return; }
    if (newer) { event.detail.shouldSwap = false; return; }
    next = goneOn(document.activeElement);
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

  function stops() { /* what Tab stops at, in its order */
    return Array.prototype.filter.call(
      document.querySelectorAll('#iw-check a[href], #iw-check button, #iw-check input, #iw-check select, #iw-check summary'),
      function (one) { return one.type !== 'hidden' && !one.disabled; });
  }

  /* Where somebody has gone on to: its id, else its name and value, else its number among the stops. */
  function goneOn(active) {
    if (!active || active === document.body) { return null; }
    if (!active.closest('#iw-check')) { return { outside: true }; }
    if (active === pressed) { return null; }
    return { id: active.id, name: active.name, value: active.value, number: stops().indexOf(active) };
  }

  function found(place) {
    if (place.id) {
      return document.getElementById(place.id) || document.getElementById(place.id.replace('of-', 'role-')) ||
        document.getElementById('iw-roles');
    }
    var all = stops();
    var same = place.name && all.filter(function (one) {
      return one.name === place.name && one.value === place.value;
    })[0];
    return same || all[Math.min(place.number, all.length - 1)];
  }

  function focusAgain() {
    var place = next;
    next = null;
    if (place) {
      last = '';
      var stop = !place.outside && found(place);
      if (stop) { stop.focus({ preventScroll: true }); }
      return;
    }
    if (!last) { return; }
    var fields = document.querySelectorAll('#iw-check .iw-kept-note input[type=text]');
    if (last === 'repair' && fields.length > notes) { /* a value was kept: its note comes next */
      fields[fields.length - 1].focus();
      last = '';
      return;
    }
    var home = { look: 'iw-roles', repair: 'iw-problem-list', undo: 'iw-problem-list' }[last];
    var field = document.getElementById(home || last) || document.getElementById('iw-roles');
    if (field) { field.focus({ preventScroll: true }); }
    last = '';
  }
})();
