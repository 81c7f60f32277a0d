// Search over all vectors and all that passed, and the switch of languages. The page is whole without it.
(async () => {
  "use strict";
  const page = document.documentElement;
  const by = (id) => document.getElementById(id);
  const box = by("q"), found = by("found"), list = by("list"), results = by("results"), more = by("more");
  const main = document.querySelector("main");
  const FIRST = 50;

  // --- language, kept in the part of the address behind # with what is searched and what is open
  const state = () => new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
  const kept = (changes) => {
    const now = state();
    for (const [name, value] of Object.entries(changes)) if (value) now.set(name, value); else now.delete(name);
    return "#" + now;
  };
  const keep = (changes) => history.replaceState(history.state, "", kept(changes));
  const speak = (language) => {
    page.lang = language === "zh" ? "zh" : "en";
    by("language-" + page.lang).checked = true;
    for (const each of document.querySelectorAll("[data-zh]")) {
      const text = each.dataset[page.lang];
      if (each.localName === "title") each.textContent = text;
      else each.setAttribute("aria-label", text);
      if (each === box) box.placeholder = text;
    }
    tell();
  };
  let told = null;
  const tell = () => {
    found.value = told === null ? "" : page.lang === "zh" ? told + " 个" : told + " found";
  };

  // --- what is in the page besides what it shows: deflated JSON
  const packed = Uint8Array.from(atob(by("data").textContent.trim()), (each) => each.charCodeAt(0));
  const plain = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const { happenings, vectors } = JSON.parse(await new Response(plain).text());
  const words = (html) => html.replace(/<[^>]*>/g, " ").replace(/&lt;/g, "<").replace(/&gt;/g, ">")
    .replace(/&#39;/g, "'").replace(/&#34;/g, '"').replace(/&amp;/g, "&").replace(/\s+/g, " ").toLowerCase();
  const said = happenings.map((each) => words(each[0]));
  const digits = happenings.map((each) => each[1]);
  const about = vectors.map((each) => (each[0] + " " + words(each[2])).toLowerCase());
  const place = new Map(vectors.map((each, at) => [each[0], at]));

  // --- search: every term must be found in the vector or in what passed
  const HEX = /^(?:[0-9a-f]{2}|\.\.)+$/i, MASK = /^(?=.*[x?])[0-9a-f][0-9a-fx?]{3}$/i;
  const SHORT = 2, WORD = 4;
  // Bytes with blanks between are one piece of a command or answer; or a piece with status words behind it; or, if one
  // is longer than a byte, each for itself.
  const readings = (run) => {
    if (run.length === 1) return [run];
    let words = run.length;
    while (words && run[words - 1].length === WORD) words--;
    const read = [[run.join("")]];
    if (words && words < run.length) read.push([run.slice(0, words).join(""), ...run.slice(words)]);
    if (run.some((word) => word.length > SHORT)) read.push(run);
    return read;
  };
  const terms = (query) => {
    const read = [];
    let run = [];
    const end = () => {
      if (run.length) read.push(readings(run));
      run = [];
    };
    for (const typed of query.trim().toLowerCase().split(/\s+/).filter(Boolean)) {
      const word = typed.replace(/(?:\.\.|•)+$/, "");  // bytes that are not shown are any
      if (HEX.test(word)) run.push(word);
      if (word === typed && HEX.test(word)) continue;
      end();
      if (word && !HEX.test(word)) read.push([[typed]]);
    }
    end();
    return read;
  };
  // On whole bytes only: dots stand for secret bytes, a blank between command and answer.
  const inHex = (text, wanted) => {
    const middle = text.indexOf(" ");
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
      const begins = at > middle ? middle + 1 : 0;
      if ((at - begins) % 2 === 0) return true;
    }
    return false;
  };
  const hits = (word) => {
    const hex = HEX.test(word) ? word.toUpperCase() : "";
    const mask = MASK.test(word) ? new RegExp("(?:^| |[^0-9a-f])" + word.replace(/[x?]/g, "[0-9a-fx?]") + "(?![0-9a-f])") : null;
    const fits = mask ? (text) => mask.test(text) : (text) => text.includes(word);
    const passed = new Uint8Array(happenings.length);
    for (let at = 0; at < passed.length; at++) {
      if (fits(said[at]) || (hex && inHex(digits[at], hex))) passed[at] = 1;
    }
    const whole = about.map((text, at) => fits(text) || vectors[at][3].some((each) => passed[each]));
    return { passed, whole };
  };
  const search = (query) => {
    const asked = terms(query);
    if (!asked.length) return null;
    const marks = new Uint8Array(happenings.length);
    let right = vectors.map(() => true);
    for (const read of asked) {
      let any = vectors.map(() => false);
      for (const reading of read) {
        // Bytes alone are in everything: asked for so only if nothing else is found.
        if (reading.some((word) => word.length <= SHORT) && any.includes(true)) break;
        const each = reading.map(hits);
        any = any.map((yes, at) => yes || each.every((one) => one.whole[at]));
        for (const one of each) one.passed.forEach((yes, at) => (marks[at] |= yes));
      }
      right = right.map((yes, at) => yes && any[at]);
    }
    return { numbers: [...vectors.keys()].filter((at) => right[at]), marks };
  };

  // --- what is shown of it
  let last = null, shown = 0;
  const unfold = (details, number) => {
    if (details.dataset.whole) return;
    details.dataset.whole = "yes";
    const [identity, , , run] = vectors[number];
    const failed = by("f-" + identity);
    if (failed) {
      for (const each of [...details.children].slice(1)) each.remove();
      const copy = failed.cloneNode(true);
      copy.removeAttribute("id");
      for (const each of copy.querySelectorAll("h3, .last, .run")) each.remove();
      const rows = passed(run);
      if (failed.querySelector(".against") && rows.lastChild) rows.lastChild.classList.add("decided");
      copy.insertBefore(rows, copy.querySelector(".repeat"));
      details.append(copy);
      return;
    }
    if (run.length) details.append(passed(run));
  };
  const passed = (run) => {
    const rows = document.createElement("ol");
    rows.className = "xs";
    rows.innerHTML = run.map((each) => "<li" + (last && last.marks[each] ? ' class="hit"' : "") + ">" + happenings[each][0] + "</li>").join("");
    return rows;
  };
  const fill = (details, run) => {
    if (!details.querySelector(".xs")) details.append(passed(run));
  };
  const row = (number) => {
    const details = document.createElement("details");
    details.innerHTML = vectors[number][2];
    details.addEventListener("toggle", () => details.open && unfold(details, number));
    return details;
  };
  const show = (to) => {
    for (; shown < Math.min(to, last.numbers.length); shown++) list.append(row(last.numbers[shown]));
    more.hidden = shown >= last.numbers.length;
  };
  const look = (query) => {
    const began = performance.now();
    last = search(query);
    list.textContent = "";
    shown = 0;
    told = last && last.numbers.length;
    results.hidden = !last;
    main.hidden = Boolean(last);
    if (last) {
      show(FIRST);
      if (last.numbers.length === 1) list.firstChild.open = true;
    }
    tell();
    page.dataset.searched = (performance.now() - began).toFixed(1);
  };
  const open = (identity) => {
    box.value = identity;
    last = { numbers: place.has(identity) ? [place.get(identity)] : [], marks: new Uint8Array(happenings.length) };
    told = last.numbers.length;
    list.textContent = "";
    shown = 0;
    results.hidden = false;
    main.hidden = true;
    show(1);
    if (list.firstChild) list.firstChild.open = true;
    tell();
    scrollTo(0, 0);
  };
  // What the address says: at first, when somebody goes back, when another is pasted.
  const follow = () => {
    const asked = state();
    speak(asked.get("lang") || (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en"));
    if (asked.get("v")) open(asked.get("v"));
    else {
      box.value = asked.get("q") || "";
      look(box.value);
    }
  };
  const go = (identity) => {
    history.replaceState({ at: scrollY }, "");
    history.pushState(null, "", kept({ q: "", v: identity }));
    open(identity);
    list.querySelector("summary")?.focus({ preventScroll: true });
  };
  const reach = (target) => {
    if (!target) return;
    const there = target.closest("[hidden]") ? results : target;
    there.tabIndex = -1;
    there.focus({ preventScroll: true });
    there.scrollIntoView();
  };

  let timer = 0;
  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      keep({ v: "", q: box.value.trim() });
      look(box.value);
    }, 80);
  });
  by("search").addEventListener("submit", (event) => event.preventDefault());
  more.addEventListener("click", () => show(shown + FIRST));
  document.querySelector(".language").addEventListener("change", (event) => {
    keep({ lang: event.target.value });
    speak(event.target.value);
  });
  document.addEventListener("keydown", (event) => {
    const writing = event.target === box;
    if (event.key === "/" && !writing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      box.focus();
    } else if (event.key === "Escape" && (writing || last)) {
      box.value = "";
      keep({ v: "", q: "" });
      look("");
    }
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const where = link.getAttribute("href");
    if (link.dataset.id) go(link.dataset.id);
    else if (where.startsWith("#")) reach(by(where.slice(1)));
    else return;
    event.preventDefault();
  });
  addEventListener("hashchange", () => {
    follow();
    if (history.state) scrollTo(0, history.state.at);
  });
  for (const failed of document.querySelectorAll("main .failure")) {
    const run = failed.querySelector(".run");
    if (run) run.addEventListener("toggle", () => run.open && fill(run, vectors[place.get(failed.dataset.id)][3]));
  }

  follow();
  page.dataset.ready = performance.now().toFixed(1);
})();
