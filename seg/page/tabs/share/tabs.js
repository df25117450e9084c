// The tab in the page's address.
import { address } from "../../shared/address.js";
import { addTabKeys, openTab, selectedTab } from "../../shared/tabs.js";

export function linkTabs(element) {
  if (!selectedTab()) return requestAnimationFrame(() => linkTabs(element)); // gradio makes them after us
  const keys = addTabKeys();
  openTab(address.get("tab"));
  address.subscribe(element, ["tab"], ({ tab }) => openTab(tab));
  const tell = () => {
    keys.follow();
    if (selectedTab()) address.set({ tab: selectedTab() });
  };
  tell();
  new MutationObserver(tell).observe(document.querySelector("#tabs"), {
    subtree: true,
    attributeFilter: ["aria-selected"],
  });
}
