/** The looks of the launcher's button, as plain text: it knows no Lit, so that it is there before Lit is. */
import {accent} from '../../styles/accent.ts';

export const launcherStyles = /* css */ `
  :host {
    ${accent}
    --_inset: var(--chatlet-launcher-inset, 20px);
    --_size: var(--chatlet-launcher-size, 58px);
    --_x: var(--chatlet-launcher-offset-x, var(--_inset));
    --_y: var(--chatlet-launcher-offset-y, var(--_inset));
    --_edge: calc(var(--_y) + var(--_bar) + env(safe-area-inset-bottom, 0px));

    display: contents;
  }

  :host([theme='light']) {
    color-scheme: light;
  }

  :host([theme='dark']) {
    color-scheme: dark;
  }

  :host([hidden]) {
    display: none;
  }

  /* Both are popovers: fixed in the top layer, where no ancestor's transform, filter, overflow or z-index reaches them. */
  .launcher,
  .panel {
    inset: auto;
    inset-block-end: var(--_edge);
    inset-inline-end: var(--_x);
    box-sizing: border-box;
    margin: 0;
    padding: 0;
    border: 0;
    overflow: visible;
  }

  :host([position$='start']) :is(.launcher, .panel) {
    inset-inline: var(--_x) auto;
  }

  :host([position$='left']) :is(.launcher, .panel) {
    inset-inline: auto;
    left: var(--_x);
  }

  :host([position$='right']) :is(.launcher, .panel) {
    inset-inline: auto;
    right: var(--_x);
  }

  :host([position^='top']) .launcher {
    inset-block: calc(var(--_y) + env(safe-area-inset-top, 0px)) auto;
  }

  .launcher {
    display: grid;
    place-items: center;
    inline-size: var(--_size);
    block-size: var(--_size);
    border-radius: 50%;
    background: var(--_accent);
    color: var(--_accent-ink);
    box-shadow: 0 10px 30px -8px light-dark(rgb(11 31 26 / 56%), rgb(0 0 0 / 70%));
    cursor: pointer;
  }

  .launcher:hover {
    scale: 1.04;
  }

  .launcher:active {
    scale: 0.97;
  }

  /* Two rings, because the page behind them may have any colour: one of them reaches 3:1. */
  .launcher:focus-visible {
    outline: 2px solid var(--_ink);
    outline-offset: 2px;
    box-shadow: 0 0 0 2px var(--_background);
  }

  /* Its chat is being fetched. */
  .launcher[aria-busy] {
    opacity: 0.7;
  }

  .icon {
    display: block;
    inline-size: 25px;
    block-size: 25px;
    fill: none;
    stroke: currentcolor;
    stroke-width: 1.75;
    stroke-linecap: round;
    stroke-linejoin: round;
  }

  @media print {
    .launcher {
      display: none;
    }
  }

  @media (prefers-reduced-motion: no-preference) {
    .launcher {
      transition: scale 120ms;
    }
  }

  @media (forced-colors: active) {
    .launcher {
      border: 2px solid ButtonText;
    }
  }
`;
