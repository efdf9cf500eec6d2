/* A box drawn on the map of the search page becomes the place of the search. Units are links without this script. */
(function () {
  'use strict';

  var MARGIN = 5, LEAST = 6;

  /* The projection of previews/ground.py: equirectangular at the mean latitude, north up. */
  function toDegrees(svg, bounds, x, y) {
    var shrink = Math.cos((bounds[1] + bounds[3]) / 2 * Math.PI / 180);
    var scale = (svg.iwFull.height - 2 * MARGIN) / (bounds[3] - bounds[1]);
    var left = (svg.iwFull.width - (bounds[2] - bounds[0]) * shrink * scale) / 2;
    return [bounds[0] + (x - left) / (shrink * scale), bounds[3] - (y - MARGIN) / scale];
  }

  /* The search as it stands now, without place and page: the list of results changes without this block. */
  function here() {
    var target = new URL(window.location.href);
    ['ext_bbox', 'ext_place', 'page'].forEach(function (name) { target.searchParams.delete(name); });
    return target;
  }

  function go(box, place) {
    var target = here();
    if (box) { target.searchParams.set('ext_bbox', box); }
    if (box && place) { target.searchParams.set('ext_place', place); }
    window.location.assign(target.href);
  }

  /* Units, the list and the way back keep what is searched for now. */
  function keep(block) {
    block.addEventListener('click', function (event) {
      var link = event.target.closest('.iw-units a, .iw-chosen-place a');
      if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) { return; }
      event.preventDefault();
      var asked = new URL(link.href.baseVal === undefined ? link.href : link.href.baseVal, window.location.href).searchParams;
      go(asked.get('ext_bbox'), asked.get('ext_place'));
    });
    block.querySelector('form').addEventListener('submit', function (event) {
      event.preventDefault();
      go(block.querySelector('select').value, '');
    });
  }

  function start(block) {
    var svg = block.querySelector('svg.iw-map'), words = block.dataset.words.split('|');
    if (!svg || block.iwBox) { return; }
    block.iwBox = true;
    keep(block);
    var bounds = block.dataset.bounds.split(',').map(Number), drawing = false, from = null, box = null;
    var full = svg.viewBox.baseVal;
    svg.iwFull = { width: full.width, height: full.height };
    var button = document.createElement('button'), hint = document.createElement('span');
    button.type = 'button';
    button.className = 'btn btn-secondary btn-sm iw-draw';
    button.textContent = words[0];
    button.setAttribute('aria-pressed', 'false');
    hint.setAttribute('role', 'status');
    hint.className = 'iw-meta';
    block.querySelector('.iw-mapbox').after(button, hint);

    function set(on) {
      drawing = on;
      button.textContent = words[on ? 1 : 0];
      button.setAttribute('aria-pressed', on ? 'true' : 'false');
      hint.textContent = on ? words[2] : '';
      svg.classList.toggle('drawing', on);
      if (box) { box.remove(); box = null; }
      from = null;
    }
    function place(event) {
      var point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      return [point.x, point.y];
    }
    button.addEventListener('click', function () { set(!drawing); });
    document.addEventListener('keydown', function (event) { if (event.key === 'Escape' && drawing) { set(false); } });
    svg.addEventListener('pointerdown', function (event) {
      if (!drawing) { return; }
      event.preventDefault();
      event.stopImmediatePropagation();
      from = place(event);
      box = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
      box.setAttribute('class', 'iw-drawn');
      svg.appendChild(box);
      svg.setPointerCapture(event.pointerId);
    }, true);
    svg.addEventListener('pointermove', function (event) {
      if (!from) { return; }
      var to = place(event);
      box.setAttribute('x', Math.min(from[0], to[0]));
      box.setAttribute('y', Math.min(from[1], to[1]));
      box.setAttribute('width', Math.abs(from[0] - to[0]));
      box.setAttribute('height', Math.abs(from[1] - to[1]));
    });
    svg.addEventListener('pointerup', function (event) {
      if (!from) { return; }
      var to = place(event);
      if (Math.abs(from[0] - to[0]) < LEAST || Math.abs(from[1] - to[1]) < LEAST) { set(true); return; }
      var a = toDegrees(svg, bounds, Math.min(from[0], to[0]), Math.max(from[1], to[1]));
      var b = toDegrees(svg, bounds, Math.max(from[0], to[0]), Math.min(from[1], to[1]));
      go([a[0], a[1], b[0], b[1]].map(function (one) { return one.toFixed(5); }).join(','));
    });
    svg.addEventListener('click', function (event) { if (drawing) { event.preventDefault(); event.stopPropagation(); } }, true);
  }

  function startAll(root) { Array.prototype.forEach.call(root.querySelectorAll('[data-iw-search-map]'), start); }
  if (document.readyState === 'loading') {
    document.addEventListener('DOMContentLoaded', function () { startAll(document); });
  } else { startAll(document); }
  document.addEventListener('htmx:load', function (event) { startAll(event.target.parentNode || document); });
})();
