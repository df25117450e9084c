// window.Seg: what all components share. `Seg.current` is the photo in front of the visitor, decoded once:
//   {id, name, example, credit, model, modelTitle, device, milliseconds, note, alignCorners, height, width,
//    image: HTMLImageElement, labels: Uint8Array, confidence: Uint8Array (both height x width, row-major),
//    coarse: {height, width, labels}, classes: [{id, name, color, pixels, share, blobs}]}
window.Seg = {
  classes: @CLASSES@, // [{id, name, color: [r, g, b], colors: {voc, safe}}], index = id; color is the one in use
  current: null,
  revision: 0, // counts the predictions shown; tests wait on it
  listeners: new Set(),

  // Calls back now, if there is a prediction, and whenever there is a new one. Forgets components that left the page.
  onPrediction(element, callback) {
    const listener = { element, callback };
    Seg.listeners.add(listener);
    if (Seg.current) callback(Seg.current);
    return () => Seg.listeners.delete(listener);
  },

  // payload: as made by describe() in seg/page/segment.py.
  async publish(payload) {
    const turn = (Seg.turn = (Seg.turn || 0) + 1);
    const { height, width, coarse } = payload;
    const [image, labels, confidence, cells] = await Promise.all([
      Seg.loadImage(payload.photo),
      Seg.inflate(payload.labels, height * width),
      Seg.inflateSmooth(payload.confidence, height, width),
      Seg.inflate(coarse.labels, coarse.height * coarse.width),
    ]);
    if (turn !== Seg.turn) return; // a newer photo overtook this one
    Seg.recolour(payload.classes);
    Seg.current = { ...payload, image, labels, confidence, coarse: { ...coarse, labels: cells } };
    Seg.revision += 1;
    for (const listener of [...Seg.listeners]) {
      if (!listener.element.isConnected) Seg.listeners.delete(listener);
      else listener.callback(Seg.current);
    }
    document.documentElement.dataset.segRevision = Seg.revision;
  },

  loadImage(source) {
    const image = new Image();
    image.src = source;
    return image.decode().then(() => image);
  },

  // Work in progress, announced to the whole page: "Uploading ...", or "" when done.
  working: "",
  setWorking(sentence) {
    Seg.working = sentence;
    document.documentElement.dataset.segWorking = sentence;
    document.dispatchEvent(new CustomEvent("seg-working", { detail: sentence }));
  },

  // One sentence for the visitor, shown in the notice under the header; "" takes it away.
  say(sentence) {
    document.dispatchEvent(new CustomEvent("seg-say", { detail: sentence }));
  },
};
