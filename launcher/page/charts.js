// Charts: the values of all curves at the place of the pointer, or of the arrow keys.
function numberText(value, isPercent) {
  if (Number.isNaN(value)) return "not a number";
  return isPercent ? (100 * value).toFixed(2) + " %" : String(Number(value.toPrecision(4)));
}

function nearest(points, x) {
  let best = points[0];
  for (const point of points) {
    if (Math.abs(point.x - x) < Math.abs(best.x - x)) best = point;
  }
  return best;
}

function readCurve(group) {
  const number = (text) => text === "" ? NaN : Number(text);
  const points = group.dataset.points.split(";").filter((text) => text !== "").map((text) => {
    const [x, step, y, low, high] = text.split(",").map(number);
    return { x, step, y, low, high };
  });
  return { name: group.dataset.name, style: group.getAttribute("style"), points };
}

function addRow(box, text, style) {
  const row = document.createElement("div");
  if (style) {
    const dot = document.createElement("i");
    dot.setAttribute("style", style);
    row.append(dot);
  }
  const words = document.createElement("span");
  words.textContent = text;  // names come from files
  row.append(words);
  box.append(row);
}

for (const figure of document.querySelectorAll("figure.chart")) {
  const svg = figure.querySelector("svg"), pointer = figure.querySelector(".pointer");
  const box = figure.querySelector(".values");
  const curves = Array.from(figure.querySelectorAll(".curve"), readCurve).filter((curve) => curve.points.length > 0);
  const [xLow, xHigh, left, right] =
    ["xLow", "xHigh", "left", "right"].map((name) => Number(figure.dataset[name]));
  const isPercent = figure.dataset.percent === "1";
  const places = Array.from(new Set(curves.flatMap((curve) => curve.points.map((point) => point.x)))).sort((a, b) => a - b);
  let place = -1;

  const show = (x) => {
    place = places.indexOf(nearest(places.map((value) => ({ x: value })), x).x);
    const at = places[place];
    const column = left + (at - xLow) / (xHigh - xLow) * (right - left);
    pointer.setAttribute("x1", column);
    pointer.setAttribute("x2", column);
    pointer.style.visibility = "visible";
    box.replaceChildren();
    const there = curves.filter((curve) => at >= curve.points[0].x && at <= curve.points[curve.points.length - 1].x)
      .map((curve) => ({ curve, point: nearest(curve.points, at) }));
    const steps = new Set(there.map((one) => one.point.step));
    addRow(box, figure.dataset.xName + " " + Number(at.toPrecision(5)) +
      (steps.size === 1 ? ", step " + there[0].point.step : ""));
    for (const { curve, point } of there) {
      let text = curve.name + ": " + numberText(point.y, isPercent);
      if (!Number.isNaN(point.low)) {
        text += " (" + numberText(point.low, isPercent) + " to " + numberText(point.high, isPercent) + ")";
      }
      addRow(box, text + (steps.size === 1 ? "" : ", step " + point.step), curve.style);
    }
    box.hidden = false;
    const isRight = column > (left + right) / 2;
    box.style.left = isRight ? "0" : "auto";
    box.style.right = isRight ? "auto" : "0";
  };
  const hide = () => {
    box.hidden = true;
    pointer.style.visibility = "hidden";
  };

  svg.addEventListener("pointermove", (event) => {
    const area = svg.getBoundingClientRect();
    const column = (event.clientX - area.left) / area.width * svg.viewBox.baseVal.width;
    show(xLow + (column - left) / (right - left) * (xHigh - xLow));
  });
  svg.addEventListener("pointerleave", hide);
  figure.addEventListener("blur", hide);
  figure.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    const next = place + (event.key === "ArrowRight" ? 1 : -1);
    show(places[Math.min(Math.max(next, 0), places.length - 1)]);
  });
}
