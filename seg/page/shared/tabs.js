// @ts-check
// The page's tabs. They are gradio's own elements: read and clicked, never changed.

/** @param {string} selector */
const seek = (selector) => /** @type {HTMLElement | null} */ (document.querySelector(selector));

/** The id of the tab in front ("segment", "paint", "region", "learn"); undefined while gradio has not made them. */
export const selectedTab = () => seek('#tabs [role="tab"][aria-selected="true"]')?.dataset.tabId;

/** @param {string} id */
export function openTab(id) {
  if (selectedTab() === id) return;
  const named = '[data-tab-id="' + id + '"]';
  seek('#tabs [role="tab"]' + named + ", #tabs .overflow-dropdown " + named)?.click();
}

/** @param {string} id */
export const tabTitle = (id) => seek('#tabs [data-tab-id="' + id + '"]')?.textContent?.trim() ?? id;
