// The tab in the page's address.
function linkTabs() {
  const { selected, open } = Seg.tabs;
  if (!selected()) return requestAnimationFrame(linkTabs); // gradio makes them after us
  open(Seg.state.get("tab"));
  Seg.state.subscribe(element, ["tab"], ({ tab }) => open(tab));
  const tell = () => selected() && Seg.state.set({ tab: selected() });
  tell();
  new MutationObserver(tell).observe(document.querySelector("#tabs"), { subtree: true, attributeFilter: ["aria-selected"] });
}
