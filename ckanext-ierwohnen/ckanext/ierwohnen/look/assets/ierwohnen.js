/* The menu of downloads closes by Escape, or when somebody goes elsewhere; it opens without this script. */
(function () {
  'use strict';

  function close(menu, back) {
    menu.open = false;
    if (back) { menu.querySelector('summary').focus(); }
  }
  document.addEventListener('keydown', function (event) {
    var menu = event.key === 'Escape' && event.target.closest && event.target.closest('[data-iw-download][open]');
    if (menu) { close(menu, true); }
  });
  ['click', 'focusin'].forEach(function (kind) {
    document.addEventListener(kind, function (event) {
      document.querySelectorAll('[data-iw-download][open]').forEach(function (menu) {
        if (!menu.contains(event.target)) { close(menu, false); }
      });
    });
  });
})();

/* Tabs by the arrow keys; without this script the tabs are links to panels that are all shown. */
(function () {
  'use strict';

  function choose(list, tab, focus) {
    list.querySelectorAll('[role=tab]').forEach(function (other) {
      var on = other === tab;
      other.setAttribute('aria-selected', on ? 'true' : 'false');
      other.tabIndex = on ? 0 : -1;
      other.parentNode.classList.toggle('on', on);
      var panel = document.getElementById(other.getAttribute('aria-controls'));
      if (panel) { panel.hidden = !on; }
    });
    if (focus) { tab.focus(); }
    list.dispatchEvent(new CustomEvent('iw:tab', { bubbles: true, detail: tab.getAttribute('aria-controls') }));
  }

  function start(list) {
    if (list.getAttribute('role') === 'tablist') { return; }
    var tabs = Array.prototype.slice.call(list.querySelectorAll('a'));
    list.setAttribute('role', 'tablist');
    tabs.forEach(function (tab) {
      var id = tab.getAttribute('href').slice(1);
      var panel = document.getElementById(id);
      tab.parentNode.setAttribute('role', 'presentation');
      tab.setAttribute('role', 'tab');
      tab.setAttribute('aria-controls', id);
      tab.id = tab.id || 'tab-' + id;
      if (panel) {
        panel.setAttribute('role', 'tabpanel');
        panel.setAttribute('aria-labelledby', tab.id);
      }
      tab.addEventListener('click', function (event) {
        event.preventDefault();
        history.replaceState(null, '', '#' + id);
        choose(list, tab, false);
      });
    });
    list.addEventListener('keydown', function (event) {
      var at = tabs.indexOf(document.activeElement);
      var to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
      if (at < 0 || to === undefined) { return; }
      event.preventDefault();
      choose(list, tabs[(to + tabs.length) % tabs.length], true);
    });
    function fromAddress() {
      return tabs.find(function (tab) { return tab.getAttribute('href') === window.location.hash; });
    }
    window.addEventListener('hashchange', function () {
      var tab = fromAddress();
      if (tab) { choose(list, tab, false); }
    });
    choose(list, fromAddress() || tabs[0], false);
  }

  function startAll(root) { root.querySelectorAll('[data-iw-tabs]').forEach(start); }

  document.addEventListener('DOMContentLoaded', function () { startAll(document); });
  document.addEventListener('htmx:load', function (event) { startAll(event.target); });
})();

/* A table that needs no scrolling of its own keeps its heads in sight while the page is scrolled. */
(function () {
  'use strict';

  var watched = new ResizeObserver(function (entries) {
    entries.forEach(function (entry) {
      var box = entry.target, table = box.querySelector('table');
      box.classList.toggle('fits', Boolean(table) && table.offsetWidth <= box.clientWidth);
    });
  });
  function startAll(root) {
    root.querySelectorAll('.iw-scroll:not(.long)').forEach(function (box) { watched.observe(box); });
  }

  document.addEventListener('DOMContentLoaded', function () { startAll(document); });
  document.addEventListener('htmx:load', function (event) { startAll(event.target); });
})();

/* What belongs to one choice of several opens with it: <details data-iw-open-with="NAME=VALUE">; by hand as well. */
(function () {
  'use strict';

  document.addEventListener('change', function (event) {
    var chosen = event.target;
    if (chosen.type !== 'radio') { return; }
    document.querySelectorAll('details[data-iw-open-with^="' + chosen.name + '="]').forEach(function (part) {
      part.open = part.dataset.iwOpenWith === chosen.name + '=' + chosen.value;
    });
  });
})();
