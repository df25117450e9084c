Seg.onPrediction(element, (now) => { element.dataset.ready = String(Seg.revision); element.querySelector('.stage').textContent = now.name + now.labels.length; });
