"use strict";
(function () {
  var form = document.querySelector("form.filter");
  var sections = Array.from(document.querySelectorAll("section"));
  var none = document.getElementById("none");
  var texts = new Map();
  function text(s) {
    if (!texts.has(s)) texts.set(s, s.textContent.toLowerCase());
    return texts.get(s);
  }
  function apply() {
    var word = form.word.value.trim().toLowerCase(), least = Number(form.least.value), shown = 0;
    sections.forEach(function (s) {
      s.hidden = Number(s.dataset.waits) < least || (word !== "" && !text(s).includes(word));
      if (!s.hidden) shown++;
    });
    none.hidden = shown > 0;
  }
  if (form) {
    form.hidden = false;
    form.addEventListener("input", apply);
    form.addEventListener("submit", function (e) { e.preventDefault(); });
  }
  // A link into a folded part opens it.
  function reveal() {
    var at = location.hash && document.getElementById(location.hash.slice(1));
    for (var e = at; e; e = e.parentElement) if (e.tagName === "DETAILS") e.open = true;
    if (at) at.scrollIntoView({ block: "center" });
  }
  addEventListener("hashchange", reveal);
  reveal();
})();
