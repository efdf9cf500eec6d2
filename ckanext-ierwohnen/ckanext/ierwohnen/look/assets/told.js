/* Long work renews its part of the page: who listens hears each new step, [data-iw-told], from a place that stays. */
(function () {
  'use strict';

  var place = document.createElement('p');
  place.className = 'visually-hidden';
  place.setAttribute('role', 'status');

  function now() {
    var step = document.querySelector('[data-iw-told]');
    return step ? step.textContent.replace(/\s+/g, ' ').trim() : '';
  }

  document.addEventListener('DOMContentLoaded', function () {
    if (now()) { document.body.appendChild(place); }
  });
  document.addEventListener('htmx:afterSwap', function () {
    var step = now();
    if (step && step !== place.textContent) { place.textContent = step; }
  });
})();
