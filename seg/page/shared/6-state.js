// Seg.state: the page's state in its address, so that a copied address shows the same page.
//
//   Seg.state.get("tau")                              the value, checked; its default where the address has none
//   Seg.state.set({ tau: 46, rule: "mean" })          the page tells the address
//   Seg.state.subscribe(element, ["rule"], (values) => ...)   the address tells the page: back and forward
//
// Only the keys of the table exist. What does not fit is as if it were not there, and nothing from the address is ever
// put into the page as text. Photo, model and tab are steps of the history; the rest replaces the address, late.
// The visitor's own photo is never in an address: its step says { own: true } and names no photo, no seed, no tau.
//
// Inside a frame (a Hugging Face Space) all of this is the address of the frame: the Space hands its own query string
// over when it opens, but its address bar does not follow. "Copy link" gives the frame's address, which shows the page.
Seg.examples = @EXAMPLES@; // names of the example photos
Seg.models = @MODELS@;

Seg.state = {
  values: {}, // key -> value, only where it is not the default
  own: false, // whether the photo is the visitor's
  wanted: null, // {photo, model} the address asks for and the page does not show yet
  subscribers: new Set(),
  photo: null, // the photo on the page, as its data address
  timer: 0,
  delay: 200, // ms; browsers allow about 100 changes of the address in 30 s

  get(key) {
    return Seg.state.values[key] ?? STATE_KEYS[key].usual;
  },

  set(changes) {
    const { values } = Seg.state;
    let step = false;
    let changed = false;
    for (const [key, value] of Object.entries(changes)) {
      const { usual, write, read, steps } = STATE_KEYS[key];
      const text = value === null || value === undefined ? null : write(value);
      const next = text === null ? null : read(text) ?? null;
      const before = values[key] === undefined ? null : write(values[key]);
      if (next === null || text === (usual === null ? null : write(usual))) delete values[key];
      else values[key] = next;
      const after = values[key] === undefined ? null : write(values[key]);
      if (after === before) continue;
      changed = true;
      step ||= Boolean(steps);
    }
    if (step) Seg.state.write(true);
    else if (changed) {
      clearTimeout(Seg.state.timer);
      Seg.state.timer = setTimeout(() => Seg.state.write(), Seg.state.delay);
    }
  },

  // callback(values) when the address changed any of `keys` and the page has the photo that it is about.
  subscribe(element, keys, callback) {
    Seg.state.subscribers.add({ element, keys, callback });
  },

  // The query of the address that shows this page. Parameters that are not ours stay.
  query() {
    const { values, own } = Seg.state;
    const query = new URLSearchParams(location.search);
    const panel = GRADIO_PANELS.includes(query.get("view")); // "Use via API" is open: gradio keeps that in `view`
    for (const [key, { write, ofPhoto }] of Object.entries(STATE_KEYS)) {
      if (key === "view" && panel) continue;
      const value = own && (ofPhoto || key === "photo") ? undefined : values[key];
      if (value === undefined) query.delete(key);
      else query.set(key, write(value));
    }
    return query.toString().replaceAll("%2C", ",");
  },

  // step: a new entry of the history, unless nothing moved.
  write(step = false) {
    const { state } = Seg;
    clearTimeout(state.timer);
    const query = state.query();
    const address = location.pathname + (query && "?" + query) + location.hash;
    const here = location.pathname + location.search + location.hash;
    const moved = address !== here || state.own !== Boolean(history.state?.own);
    try {
      if (step && moved) history.pushState({ own: state.own }, "", address);
      else if (moved) history.replaceState({ ...history.state, own: state.own }, "", address);
    } catch {
      // a frame without an origin, or too many changes: the page works without its address
    }
  },

  // What the address says now, each value checked.
  read() {
    const query = new URLSearchParams(location.search);
    const values = {};
    for (const [key, { read, write, usual }] of Object.entries(STATE_KEYS)) {
      const value = query.has(key) ? read(query.get(key)) : undefined;
      if (value !== undefined && (usual === null || write(value) !== write(usual))) values[key] = value;
    }
    return values;
  },

  // Whether the page opens on an address that asks for more than `first`, the payload that every page brings along.
  leadsElsewhere(first) {
    const { wanted } = Seg.state;
    return Boolean(first && wanted) && (wanted.photo !== first.example || wanted.model !== first.model);
  },

  // The link to hand on, up to date.
  link() {
    Seg.state.write();
    return location.href;
  },

  // The page shows `now`. Its photo and model go into the address; what was about another photo leaves it.
  settle(now) {
    const { state } = Seg;
    const { wanted } = state;
    const first = state.photo === null;
    const found = wanted && now.example === wanted.photo && now.model === wanted.model;
    if (wanted && !found && !first) return; // the answer to an earlier question: the header asks once more
    const led = wanted && now.example === wanted.photo; // the address led here: its seed and tau are of this photo
    if (state.photo !== now.photo && !led) {
      for (const [key, { ofPhoto }] of Object.entries(STATE_KEYS)) if (ofPhoto) delete state.values[key];
    }
    state.wanted = null;
    state.photo = now.photo;
    state.own = !now.example;
    if (now.example) state.values.photo = now.example;
    else delete state.values.photo;
    if (now.model === STATE_KEYS.model.usual) delete state.values.model;
    else state.values.model = now.model;
    state.write(!wanted);
  },

  // Back, forward, or an address typed over this one.
  follow({ state: entry }) {
    const { state } = Seg;
    clearTimeout(state.timer);
    state.values = state.read();
    const now = Seg.current;
    if (now && entry?.own && !now.example) state.own = true;
    else if (now && entry?.own) {
      state.values.photo = now.example; // the visitor's photo is in no history: the page stays with the one it has
      state.write();
    } else state.own = false;
    const photo = state.get("photo") ?? Seg.examples[0];
    const model = state.get("model");
    const other = now && !state.own && (photo !== now.example || model !== now.model);
    state.wanted = other ? { photo, model } : null;
    for (const { element, keys, callback } of [...state.subscribers]) {
      if (!element.isConnected) continue;
      const heard = keys.filter((key) => !other || !STATE_KEYS[key].ofPhoto);
      if (heard.length) callback(Object.fromEntries(heard.map((key) => [key, state.get(key)])));
    }
    if (state.wanted) document.dispatchEvent(new CustomEvent("seg-wanted"));
  },
};

const PALETTES = ["voc", "safe"];
const GRADIO_PANELS = ["api", "settings"];
const oneOf = (names) => (text) => (names.includes(text) ? text : undefined);
const wholeUpTo = (most) => (text) => (/^\d{1,4}$/.test(text) && Number(text) <= most ? Number(text) : undefined);
const placeIn = (side) => (text) => {
  const found = /^(\d{1,4}),(\d{1,4})$/.exec(text);
  const place = found && { row: Number(found[1]), column: Number(found[2]) };
  return place && place.row < side && place.column < side ? place : undefined;
};
const writePlace = ({ row, column }) => row + "," + column;

// usual: the default, left out of the address. steps: a new entry of the history. ofPhoto: about this photo only.
const STATE_KEYS = {
  photo: { read: oneOf(Seg.examples), usual: null, write: String, steps: true },
  model: { read: oneOf(Seg.models), usual: Seg.models[0], write: String, steps: true },
  tab: { read: oneOf(["segment", "paint", "region", "learn"]), usual: "segment", write: String, steps: true },
  view: { read: oneOf(["overlay", "labels", "confidence", "boundaries", "grid"]), usual: "overlay", write: String },
  opacity: { read: wholeUpTo(100), usual: 60, write: String },
  unsure: { read: wholeUpTo(99), usual: 0, write: String },
  pixel: { read: placeIn(1024), usual: null, write: writePlace, ofPhoto: true }, // the pinned one: row,column
  seed: { read: placeIn(1024), usual: null, write: writePlace, ofPhoto: true }, // of the region: row,column
  tau: { read: wholeUpTo(442), usual: null, write: String, ofPhoto: true },
  rule: { read: oneOf(["seed", "mean"]), usual: "seed", write: String },
  palette: { read: oneOf(PALETTES), usual: PALETTES[0], write: String, steps: true },
};

Seg.state.values = Seg.state.read();
Seg.state.wanted = { photo: Seg.state.get("photo") ?? Seg.examples[0], model: Seg.state.get("model") };
Seg.onPrediction(document.documentElement, Seg.state.settle);
addEventListener("popstate", Seg.state.follow);
// Closing "Use via API" takes `view` out of the address: put ours back.
document.addEventListener("click", () => {
  const { state } = Seg;
  setTimeout(() => {
    const seen = new URLSearchParams(location.search).get("view");
    if (state.photo !== null && seen !== (state.values.view ?? null) && !GRADIO_PANELS.includes(seen)) state.write();
  });
});
