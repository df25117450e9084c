// Whose labels the painting is graded against: the model's, or, after a duel on the tab "Segment", the second model's.
// The choice is there as long as `Seg.rival` is; a new photo, model or duel begins with the model's own again.

function showJudges() {
  const { rival, current } = Seg;
  const select = find(".judge select");
  find(".judge").hidden = !rival;
  select.replaceChildren(new Option("A: " + current.modelTitle, "first"));
  if (rival) select.add(new Option("B: " + rival.title, "second"));
}
