/* A button at each table that may be copied: tab-separated text as spreadsheet programs take it, signs and units kept.
   data-iw-copy="label|told with {rows}|told if it failed". data-iw-copy-from: where the whole table is, if pages show it
   in parts. */
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

  function whole(address) {
    return fetch(address).then(function (answer) {
      if (!answer.ok) { throw new Error(String(answer.status)); }
      return answer.text();
    });
  }

  // A browser may ask that the writing begins with the click: then the text is promised.
  function written(text) {
    if (!window.ClipboardItem || !navigator.clipboard.write) { return text.then(function (one) { return navigator.clipboard.writeText(one); }); }
    var blob = text.then(function (one) { return new Blob([one], { type: 'text/plain' }); });
    return navigator.clipboard.write([new ClipboardItem({ 'text/plain': blob })]);
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
      var from = box.dataset.iwCopyFrom;
      var text = from ? whole(from) : Promise.resolve(lines(table).join('\r\n') + '\r\n');
      Promise.all([text, written(text)]).then(function (done) {
        var rows = done[0].split('\r\n').length - 1 - table.tHead.rows.length;
        told.textContent = words[1].replace('{rows}', rows.toLocaleString(document.documentElement.lang || 'de'));
      }).catch(function () { told.textContent = words[2] || ''; });
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
