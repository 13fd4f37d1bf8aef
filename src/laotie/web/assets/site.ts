// What every page may use. Pages work without any of it; this makes them quicker to the hand.
import htmx from "htmx.org";
import "./site.css";

htmx.config.allowEval = false; // the content security policy forbids eval
htmx.config.includeIndicatorStyles = false; // ours are in site.css

document.addEventListener("htmx:configRequest", (event) => {
  const { headers } = (event as CustomEvent<{ headers: Record<string, string> }>).detail;
  headers["X-CSRFToken"] = document.querySelector<HTMLMetaElement>("meta[name=csrf-token]")?.content ?? "";
});

// A refused request still carries a page or a fragment that says why: show it.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { detail } = event as CustomEvent<{ xhr: XMLHttpRequest; shouldSwap: boolean; isError: boolean }>;
  if (detail.xhr.status === 409 || detail.xhr.status === 422) {
    detail.shouldSwap = true;
    detail.isError = false;
  }
});

// A form is sent once: a second click while the first is under way does nothing.
document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset["sent"]) {
    event.preventDefault();
    return;
  }
  form.dataset["sent"] = "yes";
  form.querySelectorAll("button:not([type=button])").forEach((button) => button.setAttribute("aria-busy", "true"));
});

// Back from the next page: the form may be sent again.
window.addEventListener("pageshow", () => {
  document.querySelectorAll<HTMLFormElement>("form[data-sent]").forEach((form) => delete form.dataset["sent"]);
  document.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
});

document.addEventListener("click", (event) => {
  const target = event.target as Element;

  // Open menus close when something else is clicked.
  document.querySelectorAll<HTMLDetailsElement>("details.menu-drop[open]").forEach((menu) => {
    if (!menu.contains(target)) menu.open = false;
  });

  target.closest("[data-dismiss]")?.closest(".toast-card")?.remove();

  // − and + beside a number; changing it by hand works without script.
  const step = target.closest<HTMLButtonElement>("[data-step]");
  const number = step?.parentElement?.querySelector<HTMLInputElement>("input[type=number]");
  if (step && number) {
    if (step.dataset["step"] === "1") number.stepUp();
    else number.stepDown();
    number.dispatchEvent(new Event("change", { bubbles: true }));
  }

  const copy = target.closest<HTMLElement>("[data-copy]");
  if (copy?.dataset["copy"] !== undefined) {
    void navigator.clipboard.writeText(copy.dataset["copy"]).then(() => copy.classList.add("is-copied"));
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.querySelectorAll<HTMLDetailsElement>("details.menu-drop[open]").forEach((menu) => {
    menu.open = false;
    menu.querySelector("summary")?.focus();
  });
});

// Selects and boxes marked so send their form at once; without script the form shows a button.
document.addEventListener("change", (event) => {
  const field = event.target as HTMLElement & { form?: HTMLFormElement };
  if (field.hasAttribute("data-submit")) field.form?.requestSubmit();
});

// The dots under a swiped gallery follow the picture in view.
function followGallery(gallery: HTMLElement): void {
  const strip = gallery.querySelector<HTMLElement>(".gallery-strip");
  const dots = gallery.querySelectorAll<HTMLElement>(".gallery-dot");
  if (!strip || dots.length === 0) return;
  const watcher = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        const place = Array.from(strip.children).indexOf(entry.target);
        if (entry.isIntersecting) dots.forEach((dot, index) => dot.toggleAttribute("data-here", index === place));
      }
    },
    { root: strip, threshold: 0.6 },
  );
  Array.from(strip.children).forEach((child) => watcher.observe(child));
}

htmx.onLoad((content) => {
  (content as Element).querySelectorAll<HTMLElement>(".gallery").forEach(followGallery);
});
