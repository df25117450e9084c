// The page's tabs. They are gradio's own elements: read and clicked, never changed.
Seg.tabs = {
  // The id of the tab in front ("segment", "paint", "region", "learn"), or undefined while gradio has not made them.
  selected: () => document.querySelector('#tabs [role="tab"][aria-selected="true"]')?.dataset.tabId,

  open(id) {
    if (Seg.tabs.selected() === id) return;
    document.querySelector('#tabs [role="tab"][data-tab-id="' + id + '"], #tabs .overflow-dropdown [data-tab-id="' + id + '"]')?.click();
  },

  title: (id) => document.querySelector('#tabs [data-tab-id="' + id + '"]')?.textContent.trim() ?? id,
};
