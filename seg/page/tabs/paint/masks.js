// The one-click masks: four paintings that replay four misunderstandings. The server makes them from the truth.

const amounts = {}; // preset name -> n px, as the visitor last set it

function buildPresets() {
  for (const { name, title, n } of props.presets) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "seg-button";
    button.dataset.preset = name;
    button.textContent = title;
    button.addEventListener("click", () => askPreset(name, amounts[name] ?? n));
    find(".preset-buttons").append(button);
    amounts[name] = n;
  }
  find(".amount").addEventListener("input", (event) => {
    const name = painting?.preset?.name;
    if (!name) return;
    amounts[name] = Number(event.target.value);
    showPreset();
    askPreset(name, amounts[name]);
  });
}

function applyPreset({ mask, name, n }) {
  const target = painting;
  Seg.inflate(mask, target.height * target.width).then((bytes) => {
    if (painting !== target) return;
    finishGesture();
    corners = [];
    if (painting.preset?.name === name && painting.preset.n !== n) {
      const rect = travel(painting, false); // another amount replaces the step instead of adding one
      if (rect) redraw(rect);
      painting.redo = [];
    }
    change((map) => {
      map.bytes.set(bytes);
      return whole(map);
    }, { preset: { name, n } });
    if (!painting.preset) {
      // the painting was this mask already
      painting.preset = { name, n };
      painting.sequence = ++strokes;
      askScore();
    }
    showPreset();
  });
}

function showPreset() {
  const name = painting?.preset?.name;
  for (const button of element.querySelectorAll("[data-preset]")) button.setAttribute("aria-pressed", button.dataset.preset === name);
  const preset = props.presets.find((one) => one.name === name);
  find(".amount-label").hidden = !preset?.n;
  if (!preset) find(".lesson").textContent = "";
  if (!preset?.n) return;
  find(".amount").value = amounts[name];
  find(".amount-value").textContent = amounts[name] + " px";
  Seg.fillSlider(find(".amount"));
}
