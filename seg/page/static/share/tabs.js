// The tab in the page's address. Gradio's tabs are its own elements: they are read and clicked, never changed.
const selectedTab = () => document.querySelector('#tabs [role="tab"][aria-selected="true"]')?.dataset.tabId;

function openTab(id) {
  if (selectedTab() === id) return;
  document.querySelector('#tabs [role="tab"][data-tab-id="' + id + '"], #tabs .overflow-dropdown [data-tab-id="' + id + '"]')?.click();
}

function linkTabs() {
  if (!selectedTab()) return requestAnimationFrame(linkTabs); // gradio makes them after us
  openTab(Seg.state.get("tab"));
  Seg.state.subscribe(element, ["tab"], ({ tab }) => openTab(tab));
  const tell = () => selectedTab() && Seg.state.set({ tab: selectedTab() });
  tell();
  new MutationObserver(tell).observe(document.querySelector("#tabs"), { subtree: true, attributeFilter: ["aria-selected"] });
}
