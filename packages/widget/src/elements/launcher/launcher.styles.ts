import {css} from 'lit';

export const launcherStyles = css`
  :host {
    --_inset: var(--chatlet-launcher-inset, 20px);
    --_size: var(--chatlet-launcher-size, 58px);

    display: contents;
  }

  :host([hidden]) {
    display: none;
  }

  .launcher {
    position: fixed;
    z-index: 2147483000;
    inset-block-end: calc(var(--_inset) + env(safe-area-inset-bottom, 0px));
    inset-inline-end: var(--_inset);
    display: grid;
    place-items: center;
    inline-size: var(--_size);
    block-size: var(--_size);
    border-radius: 50%;
    background: var(--_accent);
    color: var(--_accent-ink);
    box-shadow: 0 10px 30px -8px light-dark(rgb(11 31 26 / 56%), rgb(0 0 0 / 70%));
    transition: scale 120ms;
  }

  .launcher:hover {
    scale: 1.04;
  }

  .launcher:active {
    scale: 0.97;
  }

  .launcher .icon {
    inline-size: 25px;
    block-size: 25px;
  }

  .unread {
    position: absolute;
    inset-block-start: 2px;
    inset-inline-end: 2px;
    inline-size: 14px;
    block-size: 14px;
    border: 2px solid var(--_background);
    border-radius: 50%;
    background: #d6453d;
  }

  .panel {
    position: fixed;
    inset: auto;
    inset-block-end: calc(var(--_inset) + var(--_size) + 14px);
    inset-inline-end: var(--_inset);
    box-sizing: border-box;
    inline-size: var(--chatlet-panel-width, 400px);
    block-size: var(--chatlet-panel-height, 660px);
    max-inline-size: calc(100vw - 2 * var(--_inset));
    max-block-size: calc(100dvh - 2 * var(--_inset) - var(--_size) - 14px);
    margin: 0;
    padding: 0;
    border: 0;
    border-radius: var(--_radius);
    background: var(--_background);
    overflow: visible;
    box-shadow: var(--_shadow);
  }

  .panel:popover-open {
    animation: rise 160ms ease-out;
  }

  .panel chatlet-chat,
  ::slotted(chatlet-chat) {
    min-block-size: 0;
  }

  @keyframes rise {
    from {
      translate: 0 10px;
      opacity: 0;
    }
  }

  /* On a phone, and at high zoom, the chat fills the window. */
  @media (max-width: 480px), (max-height: 480px) {
    .panel {
      --chatlet-radius: 0px;

      inset: 0;
      border-radius: 0;
      inline-size: 100%;
      block-size: 100dvh;
      max-inline-size: none;
      max-block-size: none;
      padding-block: env(safe-area-inset-top, 0px) env(safe-area-inset-bottom, 0px);
    }

    :host([open]) .launcher {
      visibility: hidden;
    }
  }

  @media print {
    .launcher,
    .panel {
      display: none;
    }
  }

  @media (forced-colors: active) {
    .launcher {
      border: 2px solid ButtonText;
    }

    .panel {
      border: 1px solid CanvasText;
    }
  }
`;
