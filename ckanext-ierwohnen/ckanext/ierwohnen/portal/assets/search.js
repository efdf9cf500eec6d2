/* The search box as a combobox with proposals in groups. Without this script it is a plain form. */
(function () {
  'use strict';

  var WAIT = 120;
  var count = 0;

  function element(tag, attributes, children) {
    var made = document.createElement(tag);
    Object.keys(attributes || {}).forEach(function (name) { made.setAttribute(name, attributes[name]); });
    (children || []).forEach(function (child) {
      made.appendChild(typeof child === 'string' ? document.createTextNode(child) : child);
    });
    return made;
  }

  function option(item, id) {
    var name = element('span', {}, item.pieces.map(function (piece) {
      return piece[1] ? element('mark', {}, [piece[0]]) : piece[0];
    }));
    var parts = [name];
    if (item.note) { parts.push(element('span', { 'class': 'n' }, [item.note])); }
    return element('a', { 'class': 'o', role: 'option', id: id, href: item.href, tabindex: '-1', 'aria-selected': 'false' }, parts);
  }

  function start(form) {
    var input = form.querySelector('input[name=q]');
    var own = 'iw-suggest-' + (count += 1);
    var list = element('div', { 'class': 'iw-suggest', id: own, role: 'listbox', 'aria-label': input.getAttribute('aria-label') || form.querySelector('label').textContent });
    var status = element('div', { 'class': 'visually-hidden', role: 'status' });
    var anchor = form.querySelector('.row1') || input;
    var timer, asked, at = -1;

    list.hidden = true;
    anchor.parentNode.insertBefore(list, anchor.nextSibling);
    form.appendChild(status);
    input.setAttribute('role', 'combobox');
    input.setAttribute('aria-autocomplete', 'list');
    input.setAttribute('aria-expanded', 'false');
    input.setAttribute('aria-controls', own);

    function options() { return Array.prototype.slice.call(list.querySelectorAll('[role=option]')); }

    function mark(step) {
      var all = options();
      if (!all.length) { return; }
      if (step > 0) { at = (at + 1) % all.length; } else { at = at <= 0 ? all.length - 1 : at - 1; }
      all.forEach(function (one, index) { one.setAttribute('aria-selected', index === at ? 'true' : 'false'); });
      input.setAttribute('aria-activedescendant', all[at].id);
      all[at].scrollIntoView({ block: 'nearest' });
    }

    function close() {
      list.hidden = true;
      at = -1;
      input.setAttribute('aria-expanded', 'false');
      input.removeAttribute('aria-activedescendant');
    }

    function show(answer) {
      list.textContent = '';
      var number = 0;
      answer.groups.forEach(function (group, place) {
        var head = element('div', { 'class': 'g', id: own + '-g' + place }, [group.title]);
        var box = element('div', { role: 'group', 'aria-labelledby': head.id }, [head]);
        group.items.forEach(function (item) { box.appendChild(option(item, own + '-' + (number += 1))); });
        list.appendChild(box);
      });
      at = -1;
      input.removeAttribute('aria-activedescendant');
      list.hidden = number === 0;
      input.setAttribute('aria-expanded', number ? 'true' : 'false');
      status.textContent = answer.status || '';
    }

    function ask() {
      var typed = input.value.trim();
      if (asked) { asked.abort(); }
      if (!typed) { close(); return; }
      asked = new AbortController();
      fetch(form.dataset.iwSuggest + '?q=' + encodeURIComponent(typed), { signal: asked.signal, headers: { Accept: 'application/json' } })
        .then(function (response) { return response.ok ? response.json() : { groups: [] }; })
        .then(function (answer) { if (input.value.trim() === typed) { show(answer); } })
        .catch(function () { /* a newer question was asked, or the net is gone: the form still works */ });
    }

    input.addEventListener('input', function () {
      window.clearTimeout(timer);
      timer = window.setTimeout(ask, WAIT);
    });
    input.addEventListener('keydown', function (event) {
      if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
        event.preventDefault();
        if (list.hidden) { ask(); return; }
        mark(event.key === 'ArrowDown' ? 1 : -1);
      } else if (event.key === 'Escape' && !list.hidden) {
        event.preventDefault();
        close();
      } else if (event.key === 'Enter' && at >= 0) {
        event.preventDefault();
        window.location.assign(options()[at].href);
      } else if (event.key === 'Tab') {
        close();
      }
    });
    form.addEventListener('focusout', function (event) {
      if (!form.contains(event.relatedTarget)) { close(); }
    });
    list.addEventListener('mousedown', function (event) { event.preventDefault(); });
  }

  /* A form of choices sends itself; without this script it has a button. */
  function sendOnChange(form) {
    document.documentElement.classList.add('iw-auto');
    form.addEventListener('change', function (event) {
      if (event.target.name === 'indicator') { form.querySelectorAll('[name=period]').forEach(function (one) { one.disabled = true; }); }
      form.submit();
    });
  }

  document.addEventListener('DOMContentLoaded', function () {
    document.querySelectorAll('.iw-autosubmit').forEach(sendOnChange);
    document.querySelectorAll('.iw-searchbox').forEach(start);
  });
})();
