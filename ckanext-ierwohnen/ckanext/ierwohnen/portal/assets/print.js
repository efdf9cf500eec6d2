/* The button that prints: shown where there is a script to do it. */
(function () {
  'use strict';
  Array.prototype.forEach.call(document.querySelectorAll('[data-iw-print]'), function (button) {
    button.hidden = false;
    button.addEventListener('click', function () { window.print(); });
  });
})();
