/** The looks of the launcher's panel, beside those of its button. */
import {css, unsafeCSS} from 'lit';
import {focus} from '../../styles/accent.ts';

export const panelStyles = css`
  :host {
    ${unsafeCSS(focus)}
  }

  .unread {
    position: absolute;
    inset-block-start: 2px;
    inset-inline-end: 2px;
    box-sizing: border-box;
    inline-size: 14px;
    block-size: 14px;
    border: 2px solid var(--_background);
    border-radius: 50%;
    background: #d6453d;
  }

  [hidden] {
    display: none !important;
  }

  .panel {
    --_above: calc(var(--_edge) + var(--_size) + 14px);

    inset-block: auto var(--_above);
    inline-size: var(--chatlet-panel-width, 400px);
    block-size: var(--chatlet-panel-height, 660px);
    max-inline-size: calc(100vw - 2 * var(--_x));
    max-block-size: calc(100dvh - var(--_above) - var(--_inset));
    border-radius: var(--_radius);
    background: var(--_background);
    box-shadow: var(--_shadow);
  }

  :host([position^='top']) .panel {
    --_edge: calc(var(--_y) + env(safe-area-inset-top, 0px));

    inset-block: var(--_above) auto;
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
    .panel.panel {
      --chatlet-radius: 0px;

      --_frame: none;

      inset: 0;
      inset-block-start: var(--_seen-top, 0);
      border-radius: 0;
      inline-size: 100%;
      block-size: var(--_seen-height, 100dvh);
      max-inline-size: none;
      max-block-size: none;
      padding: env(safe-area-inset-top, 0px) env(safe-area-inset-right, 0px) env(safe-area-inset-bottom, 0px)
        env(safe-area-inset-left, 0px);
    }

    :host([open]) .launcher {
      visibility: hidden;
    }
  }

  @media print {
    .panel {
      display: none;
    }
  }

  @media (prefers-reduced-motion: reduce) {
    .panel {
      animation: none !important;
    }
  }

  @media (forced-colors: active) {
    .panel {
      border: 1px solid CanvasText;
    }
  }
`;
