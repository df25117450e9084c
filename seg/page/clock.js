// In the page's head, before gradio: an end for a clock that gradio never stops.
// Gradio 6.31 counts the seconds of its first "Loading ..." by asking for every frame of the screen, and goes on asking
// when that has long left the page: sixty times a second, as long as the page is open. Nothing on this page shows a
// clock of gradio's, so once the page is up (it has `window.seg`) such a frame is not asked for.
{
  const ask = window.requestAnimationFrame;
  // () => { set(clock, (performance.now() - start) / 1000), ... }
  const isClock = (callback) =>
    /^\(\)\s*=>\s*\{.{0,24}\(performance\.now\(\)\s*-.{1,12}\)\s*\/\s*1(e3|000)/.test(callback);
  window.requestAnimationFrame = (callback) => (window.seg && isClock(callback) ? 0 : ask.call(window, callback));
}
