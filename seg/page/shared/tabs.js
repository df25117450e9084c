// @ts-check
// The page's tabs. They are gradio's own elements: read, clicked, and given the keys that tabs have everywhere else.

/** @param {string} selector */
const seek = (selector) => /** @type {HTMLElement | null} */ (document.querySelector(selector));

/** The id of the tab in front ("segment", "paint", "region", "learn"); undefined while gradio has not made them. */
export const selectedTab = () => seek('#tabs [role="tab"][aria-selected="true"]')?.dataset.tabId;

const allTabs = () =>
  /** @type {HTMLElement[]} */ ([...document.querySelectorAll('#tabs > .tab-wrapper [role="tab"]')]);

/** The ids of the tabs, in their order. */
export const tabIds = () => allTabs().map(({ dataset }) => dataset.tabId ?? "");

/** @param {string} id */
export function openTab(id) {
  if (selectedTab() === id) return;
  const named = '[data-tab-id="' + id + '"]';
  seek('#tabs [role="tab"]' + named + ", #tabs .overflow-dropdown " + named)?.click();
}

/** @param {string} id */
export const tabTitle = (id) => seek('#tabs [data-tab-id="' + id + '"]')?.textContent?.trim() ?? id;

/** Arrow keys, Home and End go along the tabs; Tab stops at the one in front (WAI-ARIA Authoring Practices, "Tabs"). */
export function addTabKeys() {
  const follow = () => {
    for (const tab of allTabs()) tab.tabIndex = tab.ariaSelected === "true" ? 0 : -1;
  };
  seek("#tabs > .tab-wrapper")?.addEventListener("keydown", (event) => {
    const tabs = allTabs();
    const at = tabs.indexOf(/** @type {HTMLElement} */ (event.target));
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
    if (at < 0 || to === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const next = tabs.at(to % tabs.length);
    next?.click();
    next?.focus();
  });
  return { follow };
}
