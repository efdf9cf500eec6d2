/* On top of the preview that the server made: tooltip, keyboard through the units, zoom, legend, and choices that
   change the preview without a new page. Without this script everything works by links and forms. */
(function () {
  'use strict';

  var SVG = 'http://www.w3.org/2000/svg';
  var MOST_ZOOM = 8;

  function each(root, selector, act) { Array.prototype.forEach.call(root.querySelectorAll(selector), act); }

  /* ---- the map ---------------------------------------------------------------------------------------- */

  function Map(box) {
    this.box = box;
    this.svg = box.querySelector('svg.iw-map');
    this.units = Array.prototype.slice.call(this.svg.querySelectorAll('.iw-units a'));
    this.full = this.svg.viewBox.baseVal;
    this.full = { x: this.full.x, y: this.full.y, width: this.full.width, height: this.full.height };
    this.zoom = 1;
    this.labels = this.svg.querySelector('.iw-labels');
    this.over = document.createElementNS(SVG, 'g');
    this.over.setAttribute('class', 'iw-over');
    this.svg.insertBefore(this.over, this.labels);
    this.tip = document.createElement('div');
    this.tip.className = 'iw-tip';
    this.tip.hidden = true;
    this.tip.setAttribute('aria-hidden', 'true'); // the focused unit says the same by its name
    box.appendChild(this.tip);
    this.listen();
    this.buttons();
  }

  Map.prototype.listen = function () {
    var map = this;
    var start = this.units.find(function (unit) { return unit.getAttribute('aria-current'); }) || this.units[0];
    this.units.forEach(function (unit) {
      unit.setAttribute('tabindex', unit === start ? '0' : '-1'); // one stop of the Tab key, arrows from there
      each(unit, 'title', function (title) { title.remove(); }); // our tooltip instead of the browser's
      unit.addEventListener('pointerenter', function () { map.show(unit); });
      unit.addEventListener('pointerleave', function () { map.hide(); });
      unit.addEventListener('focus', function () { map.rove(unit); map.intoView(unit); map.show(unit); });
      unit.addEventListener('blur', function () { map.hide(); });
    });
    this.svg.addEventListener('keydown', function (event) { map.key(event); });
    this.svg.addEventListener('pointerdown', function (event) { map.drag(event); });
    this.svg.addEventListener('click', function (event) {
      if (map.moved) { event.preventDefault(); event.stopPropagation(); map.moved = false; }
    }, true);
  };

  Map.prototype.rove = function (unit) {
    this.units.forEach(function (other) { other.setAttribute('tabindex', other === unit ? '0' : '-1'); });
  };

  function place(unit) { return { x: parseFloat(unit.dataset.x), y: parseFloat(unit.dataset.y) }; }

  /* The nearest unit in the direction of the arrow: along it counts once, across it twice. */
  Map.prototype.neighbour = function (unit, dx, dy) {
    var from = place(unit), best = null, least = Infinity;
    this.units.forEach(function (other) {
      var to = place(other), x = to.x - from.x, y = to.y - from.y;
      var along = x * dx + y * dy, across = Math.abs(x * dy) + Math.abs(y * dx);
      if (other === unit || along <= 0 || across > along * 2) { return; }
      if (along + 2 * across < least) { least = along + 2 * across; best = other; }
    });
    return best;
  };

  Map.prototype.key = function (event) {
    var unit = event.target.closest && event.target.closest('.iw-units a');
    if (!unit) { return; }
    var arrows = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
    var to = null;
    if (arrows[event.key]) { to = this.neighbour(unit, arrows[event.key][0], arrows[event.key][1]); }
    else if (event.key === 'Home') { to = this.units[0]; }
    else if (event.key === 'End') { to = this.units[this.units.length - 1]; }
    else if (event.key === '+' || event.key === '-') { this.scale(event.key === '+' ? 1.6 : 1 / 1.6, place(unit)); event.preventDefault(); return; }
    else if (event.key === 'Escape') { this.hide(); return; }
    else if (event.key === ' ') { event.preventDefault(); unit.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true })); return; }
    else { return; }
    event.preventDefault();
    if (to) { to.focus(); }
  };

  Map.prototype.show = function (unit) {
    var path = unit.querySelector('path').getAttribute('d');
    this.over.innerHTML = '<path d="' + path + '" stroke="#fff" stroke-width="4.6"/><path d="' + path + '" stroke="#1f2a30" stroke-width="2.2"/>';
    this.tip.textContent = '';
    var name = document.createElement('b');
    name.textContent = unit.dataset.name;
    this.tip.appendChild(name);
    this.tip.appendChild(document.createTextNode(unit.dataset.value + (unit.dataset.sign ? ' ( ' + unit.dataset.sign + ' )' : '')));
    this.tip.hidden = false;
    var frame = this.box.getBoundingClientRect(), at = this.onScreen(place(unit));
    var left = Math.min(Math.max(at.x - frame.left - this.tip.offsetWidth / 2, 0), frame.width - this.tip.offsetWidth);
    var top = at.y - frame.top - this.tip.offsetHeight - 14;
    this.tip.style.left = left + 'px';
    this.tip.style.top = (top < 0 ? at.y - frame.top + 16 : top) + 'px';
  };

  Map.prototype.hide = function () { this.over.innerHTML = ''; this.tip.hidden = true; };

  Map.prototype.onScreen = function (point) {
    var matrix = this.svg.getScreenCTM();
    return { x: point.x * matrix.a + matrix.e, y: point.y * matrix.d + matrix.f };
  };

  Map.prototype.buttons = function () {
    var map = this, words = this.svg.dataset;
    var holder = document.createElement('div');
    holder.className = 'iw-zoom';
    [['+', 1.6, words.zoomIn], ['−', 1 / 1.6, words.zoomOut]].forEach(function (one) {
      var button = document.createElement('button');
      button.type = 'button';
      button.textContent = one[0];
      button.setAttribute('aria-label', one[2]);
      button.addEventListener('click', function () { map.scale(one[1]); });
      holder.appendChild(button);
    });
    this.box.insertBefore(holder, this.svg);
  };

  Map.prototype.view = function () { return this.svg.viewBox.baseVal; };

  Map.prototype.scale = function (factor, at) {
    var view = this.view(), zoom = Math.min(MOST_ZOOM, Math.max(1, this.zoom * factor));
    var middle = at || { x: view.x + view.width / 2, y: view.y + view.height / 2 };
    this.zoom = zoom;
    this.moveTo(middle.x - this.full.width / zoom / 2, middle.y - this.full.height / zoom / 2);
    this.svg.classList.toggle('zoomed', zoom > 1);
    if (this.labels) { this.rescale(); }
    this.hide();
  };

  /* Names keep their size on the screen: each is scaled back around its own place. */
  Map.prototype.rescale = function () {
    var back = 1 / this.zoom;
    each(this.labels, 'text', function (text) {
      var box = text.dataset.box ? JSON.parse(text.dataset.box) : null;
      if (!box) {
        var found = text.getBBox();
        if (!found.width) { return; }
        box = [found.x + found.width / 2, found.y + found.height / 2];
        text.dataset.box = JSON.stringify(box);
      }
      var move = 'translate(' + box[0] * (1 - back) + ' ' + box[1] * (1 - back) + ') scale(' + back + ')';
      text.setAttribute('transform', back === 1 ? '' : move);
    });
  };

  Map.prototype.moveTo = function (x, y) {
    var width = this.full.width / this.zoom, height = this.full.height / this.zoom;
    x = Math.min(Math.max(x, this.full.x), this.full.x + this.full.width - width);
    y = Math.min(Math.max(y, this.full.y), this.full.y + this.full.height - height);
    this.svg.setAttribute('viewBox', [x, y, width, height].join(' '));
  };

  Map.prototype.intoView = function (unit) {
    var at = place(unit), view = this.view();
    if (at.x < view.x || at.x > view.x + view.width || at.y < view.y || at.y > view.y + view.height) {
      this.moveTo(at.x - view.width / 2, at.y - view.height / 2);
    }
  };

  Map.prototype.drag = function (event) {
    if (this.zoom === 1 || event.button) { return; }
    var map = this, view = this.view(), origin = { x: view.x, y: view.y };
    var scale = this.svg.getScreenCTM().a;
    function move(now) {
      var dx = now.clientX - event.clientX, dy = now.clientY - event.clientY;
      if (!map.moved && Math.abs(dx) + Math.abs(dy) < 5) { return; }
      map.moved = true;
      map.svg.classList.add('moving');
      map.hide();
      map.moveTo(origin.x - dx / scale, origin.y - dy / scale);
    }
    function stop() {
      map.svg.classList.remove('moving');
      window.removeEventListener('pointermove', move);
      window.removeEventListener('pointerup', stop);
      window.removeEventListener('pointercancel', stop);
      setTimeout(function () { map.moved = false; }, 0);
    }
    event.preventDefault();
    window.addEventListener('pointermove', move);
    window.addEventListener('pointerup', stop);
    window.addEventListener('pointercancel', stop);
  };

  Map.prototype.light = function (index) {
    if (index === null) { this.svg.removeAttribute('data-lit'); } else { this.svg.setAttribute('data-lit', index); }
    this.units.forEach(function (unit) { unit.classList.toggle('lit', unit.dataset.class === String(index)); });
  };

  function legend(root, map) {
    each(root, '.iw-legend li', function (line, index) {
      line.setAttribute('data-class', index);
      line.addEventListener('pointerenter', function () { line.classList.add('lit'); map.light(index); });
      line.addEventListener('pointerleave', function () { line.classList.remove('lit'); map.light(null); });
    });
  }

  /* ---- choices without a new page ---------------------------------------------------------------------- */

  /* The last choice counts: an answer that is still on its way is not waited for. */
  function load(preview, address, focus, keepHistory) {
    var target = new URL(address, window.location.href), choice = new AbortController();
    if (preview.iwChoice) { preview.iwChoice.abort(); }
    preview.iwChoice = choice;
    preview.iwPending = target;
    var part = new URL(preview.dataset.iwPreview, window.location.href);
    part.search = target.search;
    if (preview.dataset.here) { part.searchParams.set('here', preview.dataset.here); }
    if (preview.dataset.only) { part.searchParams.set('only', preview.dataset.only); }
    preview.setAttribute('aria-busy', 'true');
    return fetch(part, { headers: { 'X-Requested-With': 'XMLHttpRequest' }, credentials: 'same-origin', signal: choice.signal })
      .then(function (answer) {
        if (!answer.ok) { throw new Error(answer.status); }
        return answer.text();
      })
      .then(function (html) {
        if (choice.signal.aborted) { return; }
        preview.iwShown = target;
        preview.iwPending = null;
        var holder = document.createElement('template');
        holder.innerHTML = html;
        var made = holder.content.querySelector('#' + CSS.escape(preview.id)) || holder.content.querySelector('[data-iw-preview]');
        if (!made) { throw new Error('empty'); }
        var active = document.activeElement;
        if (preview.contains(active)) { focus = focusOf(active); } else if (active !== document.body) { focus = null; }
        preview.replaceChildren.apply(preview, Array.prototype.slice.call(made.childNodes));
        preview.removeAttribute('aria-busy');
        along(preview, holder.content);
        if (!keepHistory) { history.pushState({ iwPreview: preview.id }, '', target.pathname + target.search + target.hash); }
        begin(preview);
        var next = focus && preview.querySelector(focus);
        if (next) { next.focus({ preventScroll: true }); }
        tell(preview);
      })
      .catch(function () { if (!choice.signal.aborted) { window.location.assign(target.href); } });
  }

  /* Other parts of the page that tell of the same choice, where the whole page was fetched. */
  function along(preview, made) {
    if (!preview.dataset.along) { return; }
    each(document, preview.dataset.along, function (old) {
      var fresh = made.getElementById(old.id);
      if (!fresh) { return; }
      old.replaceWith(fresh);
      fresh.dispatchEvent(new CustomEvent('iw:shown', { bubbles: true }));
    });
  }

  /* Say what changed to those who do not see it. */
  function tell(preview) {
    var title = preview.querySelector('figure header, caption'), facts = preview.querySelector('.iw-unit-facts');
    var status = preview.querySelector('[data-iw-status]');
    if (!status) { return; }
    status.textContent = ((facts || title || status).innerText || '').replace(/\s+/g, ' ').trim();
  }

  function focusOf(element) {
    if (element.dataset.iwFocus) { return element.dataset.iwFocus; }
    if (element.dataset.key) { return '.iw-units a[data-key="' + CSS.escape(element.dataset.key) + '"]'; }
    if (element.name) { return 'select[name="' + CSS.escape(element.name) + '"]'; }
    if (element.closest('.iw-tabs')) { return '.iw-tabs .on a'; }
    if (element.closest('th')) { return 'th[aria-sort] a'; }
    return '[data-iw-controls] select';
  }

  function formAddress(form) {
    var target = new URL(form.getAttribute('action'), window.location.href);
    var search = new URLSearchParams();
    new FormData(form).forEach(function (value, name) { if (value) { search.append(name, value); } });
    target.search = search;
    return target.href;
  }

  /* A choice that is made while another is being loaded adds to it: what the page shows is older than both. */
  function added(preview, wanted, names) {
    if (!preview.iwPending) { return wanted; }
    var wish = new URL(wanted, window.location.href), whole = new URL(preview.iwPending);
    var shown = (preview.iwShown || new URL(window.location.href)).searchParams;
    var changed = names || Array.from(new Set([...shown.keys(), ...wish.searchParams.keys()])).filter(function (name) {
      return shown.getAll(name).join('\n') !== wish.searchParams.getAll(name).join('\n');
    });
    changed.forEach(function (name) {
      whole.searchParams.delete(name);
      wish.searchParams.getAll(name).forEach(function (value) { whole.searchParams.append(name, value); });
    });
    whole.hash = wish.hash;
    return whole.href;
  }

  /* Every map under `root`, with the legend of its figure. A map may stand on a page without a preview around it. */
  function begin(root) {
    each(root, '[data-iw-map]', function (box) {
      if (box.iwMap || !box.querySelector('svg.iw-map .iw-units a')) { return; }
      box.iwMap = new Map(box);
      legend(box.closest('figure') || root, box.iwMap);
    });
    root.dispatchEvent(new CustomEvent('iw:shown', { bubbles: true }));
  }

  function start(preview) {
    preview.classList.add('iw-scripted');
    preview.addEventListener('click', function (event) {
      var link = event.target.closest('.iw-units a, a[data-iw-inside], .iw-tabs a');
      if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) { return; }
      event.preventDefault();
      var address = link.href && link.href.baseVal !== undefined ? link.href.baseVal : link.href;
      load(preview, added(preview, address), focusOf(link));
    });
    preview.addEventListener('change', function (event) {
      var form = event.target.closest('[data-iw-controls]');
      if (form) { load(preview, added(preview, formAddress(form), [event.target.name]), focusOf(event.target)); }
    });
    preview.addEventListener('submit', function (event) {
      var form = event.target.closest('[data-iw-controls]');
      if (form) { event.preventDefault(); load(preview, formAddress(form), '[data-iw-controls] select'); }
    });
    begin(preview);
  }

  window.addEventListener('popstate', function () {
    each(document, '[data-iw-preview]', function (preview) { load(preview, window.location.href, null, true); });
  });

  function startAll(root) {
    each(root, '[data-iw-preview]:not(.iw-scripted)', start);
    begin(root);
  }

  if (document.readyState === 'loading') {
    document.addEventListener('DOMContentLoaded', function () { startAll(document); });
  } else { startAll(document); }
  document.addEventListener('htmx:load', function (event) { startAll(event.target.parentNode || document); });
})();
