// Makes the pages of the checkout quicker to use. Every page works without it; it loads nothing, writes no markup
// (the policy demands trusted types) and keeps its words in the page, where they are translated.

const find = (selector) => document.querySelector(selector);
const number = find('#number');
const expiry = find('#expiry');

// Card number: groups while typing. Text that is no card number is left alone, for the server to speak about.

const grouped = (digits) => {
  const sizes = /^3[47]/.test(digits) ? [4, 6, 99] : [4, 4, 4, 4, 99];
  let from = 0;
  return sizes.map((size) => digits.slice(from, (from += size))).filter(Boolean).join(' ');
};

let known = '';
number?.addEventListener('input', (event) => {
  const typed = number.value;
  if (event.isComposing || /[^\d\s-]/.test(typed)) return;
  let digits = typed.replace(/\D/g, '');
  let before = typed.slice(0, number.selectionStart ?? typed.length).replace(/\D/g, '').length;
  // Deleting only the gap would put it back and go nowhere, so it takes the digit behind the gap.
  if (digits === known && event.inputType === 'deleteContentBackward' && before) {
    before -= 1;
    digits = digits.slice(0, before) + digits.slice(before + 1);
  } else if (digits === known && event.inputType === 'deleteContentForward') {
    digits = digits.slice(0, before) + digits.slice(before + 1);
  }
  known = digits;
  const text = grouped(digits);
  if (text === typed) return;
  number.value = text;
  if (document.activeElement !== number) return;
  let at = 0;
  for (let seen = 0; seen < before; at += 1) if (text[at] !== ' ') seen += 1;
  number.setSelectionRange(at, at);
});

// Expiry date: writes slash and leading zero, only while typing at the end, so that nothing fights a correction.

expiry?.addEventListener('input', (event) => {
  const typed = expiry.value;
  const inserted = !event.inputType || event.inputType.startsWith('insert');
  const atEnd = document.activeElement !== expiry || expiry.selectionStart === typed.length;
  if (event.isComposing || !inserted || !atEnd || /[^\d\s/]/.test(typed)) return;
  let text = typed.replace(/\s/g, '').replace(/\/+/g, '/');
  if (/^20\d/.test(text)) text = text.replace(/^(\d{4})(\d\d)$/, '$2/$1'); // the year first, as it is filled in
  else if (/^[2-9]$/.test(text)) text = `0${text}/`;
  else if (/^1[3-9]$/.test(text)) text = `01/${text[1]}`;
  else if (/^[1-9]\//.test(text)) text = `0${text}`;
  else if (/^\d{2,}$/.test(text)) text = `${text.slice(0, 2)}/${text.slice(2)}`;
  if (text !== typed) expiry.value = text;
});

// An error goes when its field is edited. The summary stays: without it the field would move from under the reader.

for (const field of document.querySelectorAll('[aria-invalid]')) {
  field.addEventListener('input', () => {
    const error = `${field.id}-error`;
    field.removeAttribute('aria-invalid');
    const rest = (field.getAttribute('aria-describedby') ?? '').split(' ').filter((id) => id !== error);
    if (rest.length) field.setAttribute('aria-describedby', rest.join(' '));
    else field.removeAttribute('aria-describedby');
    document.getElementById(error)?.remove();
  }, { once: true });
}

// One submit at a time: a second one would be harmless, and makes the buyer wonder. Nobody tells when one was stopped, so
// after a while the buttons live again.

const status = find('.status');
let sent = false;
let busy = false;

document.addEventListener('submit', (event) => {
  if (busy) {
    event.preventDefault();
    return;
  }
  sent = busy = true;
  const buttons = document.querySelectorAll('button');
  for (const one of buttons) one.setAttribute('aria-disabled', 'true');
  const button = status && event.target.querySelector('[data-busy]');
  const name = button?.textContent;
  const tell = (label, text, shown) => {
    if (!button) return;
    button.textContent = label;
    status.textContent = text;
    status.classList.toggle('heard', !shown);
  };
  tell(button?.dataset.busy, button?.dataset.busy, false);
  setTimeout(() => {
    busy = false;
    for (const one of buttons) one.removeAttribute('aria-disabled');
    tell(name, status?.dataset.slow, true);
  }, 7500);
});

// Back can bring this very page to life again, with a form id that is used up. The server knows what is true now.
window.addEventListener('pageshow', (event) => {
  if (event.persisted && sent) location.reload();
});

// What was sent is not kept for whoever presses Back next.
window.addEventListener('pagehide', () => {
  if (sent) for (const form of document.forms) form.reset();
});

// The iframe template tells the shop's page its height and its outcome; neither says who the buyer is. The header that
// leaves for the shop turns the frame alone, so here the script turns the top window. A browser may refuse that to a
// frame; the link stays.

if (document.documentElement.classList.contains('framed')) {
  const page = document.documentElement;
  const { outcome, leave } = document.body.dataset;
  // A frame of another site gets no autofocus; it may pass on a focus that it has.
  if (document.hasFocus()) find('.banner')?.focus();
  if (window.parent !== window) {
    const tell = (message) => window.parent.postMessage({ source: 'kassa', ...message }, '*');
    new ResizeObserver(() => {
      tell({ type: 'resize', height: Math.ceil(page.getBoundingClientRect().height) });
    }).observe(page);
    if (outcome) tell({ type: 'complete', outcome });
  }
  if (leave) {
    const leaving = find('#leaving');
    leaving.hidden = false;
    setTimeout(() => {
      try {
        window.top.location.href = leave;
      } catch {
        leaving.hidden = true;
      }
    }, 4000);
  }
}
