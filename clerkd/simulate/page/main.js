// What belongs together, put together.

import { startFleet } from "./fleet.js";
import { connect } from "./link.js";
import { startModals } from "./modal.js";
import { startPath } from "./path.js";
import { startPhones } from "./phones.js";
import { startTrace } from "./trace.js";
import { startWorkspace } from "./workspace.js";

function startTabs() {
  const buttons = [...document.querySelectorAll(".tabs button")];
  const show = (pane) => {
    document.body.dataset.pane = pane;
    for (const button of buttons) {
      if (button.dataset.pane === pane) button.setAttribute("aria-current", "page");
      else button.removeAttribute("aria-current");
    }
  };
  for (const button of buttons) button.addEventListener("click", () => show(button.dataset.pane));
  show(document.body.dataset.pane);
}

startTabs();
startPath();
startPhones();
startWorkspace();
startModals();
startTrace();
startFleet();
connect();
