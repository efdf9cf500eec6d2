/* Comfort for the choices of a preview: a slider through the dates, a search for a unit, and two maps that can lie
   on top of each other. Each of them only drives a select or a drawing that is there without this script. */
(function () {
  'use strict';

  var MANY = 20;

  function each(root, selector, act) { Array.prototype.forEach.call(root.querySelectorAll(selector), act); }

  function choose(select, index) {
    select.selectedIndex = index;
    select.dispatchEvent(new Event('change', { bubbles: true }));
  }

  /* The select lists the latest date first, the slider runs from early to late. */
  function slider(select) {
    var count = select.options.length;
    if (count < 3 || select.dataset.iwSlider) { return; }
    select.dataset.iwSlider = '1';
    var range = document.createElement('input');
    range.type = 'range';
    range.className = 'iw-slider';
    range.dataset.iwFocus = '.iw-slider';
    range.min = 0;
    range.max = count - 1;
    range.value = count - 1 - select.selectedIndex;
    range.setAttribute('aria-label', select.closest('label').firstChild.textContent.trim());
    function told() { range.setAttribute('aria-valuetext', select.options[count - 1 - range.value].text); }
    told();
    range.addEventListener('input', function () { select.selectedIndex = count - 1 - range.value; told(); });
    range.addEventListener('change', function (event) {
      event.stopPropagation();
      select.dataset.iwFocus = range.dataset.iwFocus;
      choose(select, count - 1 - range.value);
    });
    select.closest('label').after(range);
  }

  function search(select) {
    if (select.options.length < MANY || select.dataset.iwSearch) { return; }
    select.dataset.iwSearch = '1';
    var list = document.createElement('datalist'), input = document.createElement('input');
    list.id = select.id + '-names';
    each(select, 'option', function (option) {
      if (!option.value) { return; }
      var name = document.createElement('option');
      name.value = option.text;
      list.appendChild(name);
    });
    input.type = 'search';
    input.className = 'form-control form-control-sm';
    input.dataset.iwFocus = '.iw-unit-choice input[type=search]';
    input.id = select.id + '-search';
    input.setAttribute('list', list.id);
    input.setAttribute('autocomplete', 'off');
    input.value = select.value ? select.options[select.selectedIndex].text : '';
    var label = select.form.querySelector('label[for="' + select.id + '"]');
    if (label) { label.htmlFor = input.id; }
    function found() {
      var text = input.value.trim().toLocaleLowerCase();
      var index = Array.prototype.findIndex.call(select.options, function (option) {
        return option.value ? option.text.toLocaleLowerCase() === text : !text;
      });
      if (index >= 0 && index !== select.selectedIndex) {
        select.dataset.iwFocus = input.dataset.iwFocus;
        choose(select, index);
      }
    }
    input.addEventListener('input', function (event) {
      event.stopPropagation();
      if (event.inputType === undefined || event.inputType === 'insertReplacementText') { found(); }
    });
    input.addEventListener('change', function (event) { event.stopPropagation(); found(); });
    input.addEventListener('keydown', function (event) { if (event.key === 'Enter') { event.preventDefault(); found(); } });
    select.hidden = true;
    select.before(input, list);
  }

  function pair(box) {
    if (box.querySelector('.iw-pair-bar')) { return; }
    var words = box.dataset.words.split('|'), sections = box.querySelectorAll('section');
    var bar = document.createElement('div'), button = document.createElement('button'), range = document.createElement('input');
    bar.className = 'iw-pair-bar';
    button.type = 'button';
    button.className = 'btn btn-secondary btn-sm';
    range.type = 'range';
    range.min = 0;
    range.max = 100;
    range.value = 50;
    range.hidden = true;
    range.setAttribute('aria-label', words[2]);
    function cut() { sections[0].style.clipPath = box.classList.contains('over') ? 'inset(0 ' + (100 - range.value) + '% 0 0)' : ''; }
    function turn() {
      var over = box.classList.contains('over');
      button.textContent = over ? words[1] : words[0];
      range.hidden = !over;
      cut();
    }
    button.addEventListener('click', function () { box.classList.toggle('over'); turn(); });
    range.addEventListener('input', cut);
    range.addEventListener('change', function (event) { event.stopPropagation(); });
    bar.append(button, range);
    box.prepend(bar);
    turn();
  }

  function begin(root) {
    each(root, '.iw-bar select[name=period]', slider);
    each(root, '.iw-unit-choice select[name=unit]', search);
    each(root, '[data-iw-pair]', pair);
  }

  document.addEventListener('iw:shown', function (event) { begin(event.target); });
  if (document.readyState === 'loading') {
    document.addEventListener('DOMContentLoaded', function () { begin(document); });
  } else { begin(document); }
})();
