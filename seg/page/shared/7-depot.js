// Seg.depot.ask(request) -> a promise of the server's answer about the models' weights: see seg/page/depot.py. Rejects
// when none comes. The component Depot carries the questions, once it is there.
Seg.depot = {
  waiting: [],
  ask: (request) =>
    new Promise((resolve, reject) => {
      Seg.depot.waiting.push({ request, resolve, reject });
      document.dispatchEvent(new CustomEvent("seg-downloads"));
    }),
};
