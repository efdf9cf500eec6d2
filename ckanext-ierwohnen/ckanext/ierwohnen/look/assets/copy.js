/* A button at each table that may be copied: tab-separated text as spreadsheet programs take it, signs and units kept.
   data-iw-copy="label|told with {rows}". */
(function () {
  'use strict';

  function text(cell) {
    var copy = cell.cloneNode(true);
    copy.querySelectorAll('.visually-hidden, svg, .fa, script, style').forEach(function (part) { part.remove(); });
    return copy.textContent.replace(/\u202f(?=\d)/g, '').replace(/\u2212/g, '-').replace(/[\u202f\u00a0]/g, ' ').replace(/\s+/g, ' ').trim();
  }

  function lines(table) {
    return Array.prototype.filter.call(table.rows, function (row) { return !row.hidden; }).map(function (row) {
      return Array.prototype.map.call(row.cells, text).map(function (one) {
        // A spreadsheet program would take it for a formula.
        return /^[=@+]/.test(one) && !/^\+[\d.,]/.test(one) ? "'" + one : one;
      }).join('\t');
    });
  }

  function start(box) {
    var table = box.querySelector('table'), words = box.dataset.iwCopy.split('|');
    if (!table || box.iwCopy || !navigator.clipboard) { return; }
    box.iwCopy = true;
    var bar = document.createElement('p'), button = document.createElement('button'), told = document.createElement('span');
    bar.className = 'iw-copybar iw-noprint';
    button.type = 'button';
    button.className = 'btn btn-secondary btn-sm';
    button.textContent = words[0];
    told.setAttribute('role', 'status');
    button.addEventListener('click', function () {
      var made = lines(table);
      navigator.clipboard.writeText(made.join('\r\n') + '\r\n').then(function () {
        told.textContent = words[1].replace('{rows}', (made.length - table.tHead.rows.length).toLocaleString(document.documentElement.lang || 'de'));
      });
    });
    bar.appendChild(button);
    bar.appendChild(told);
    box.parentNode.insertBefore(bar, box);
  }

  function startAll(root) {
    if (root.matches && root.matches('[data-iw-copy]')) { start(root); }
    root.querySelectorAll('[data-iw-copy]').forEach(start);
  }
  document.addEventListener('DOMContentLoaded', function () { startAll(document); });
  document.addEventListener('htmx:load', function (event) { startAll(event.target); });
  document.addEventListener('iw:shown', function (event) { startAll(event.target); });
})();
