/** The styles that all elements of the chat share: box model, buttons, focus, and text for screen readers alone. */
import {css} from 'lit';

export const base = css`
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }

  [hidden] {
    display: none !important;
  }

  button {
    font: inherit;
    color: inherit;
    letter-spacing: inherit;
    background: none;
    border: 0;
    margin: 0;
    padding: 0;
    cursor: pointer;
    text-align: start;
    -webkit-tap-highlight-color: transparent;
  }

  button:disabled {
    cursor: default;
  }

  :focus-visible {
    outline: 2px solid var(--_focus);
    outline-offset: 2px;
  }

  .icon {
    display: block;
    flex: none;
    inline-size: 18px;
    block-size: 18px;
    fill: none;
    stroke: currentcolor;
    stroke-width: 1.75;
    stroke-linecap: round;
    stroke-linejoin: round;
  }

  .icon-button {
    display: grid;
    place-items: center;
    flex: none;
    inline-size: 34px;
    block-size: 34px;
    border-radius: 10px;
    color: var(--_muted);
    transition:
      background-color 120ms,
      color 120ms;
  }

  .icon-button:hover,
  .icon-button[aria-expanded='true'] {
    background: var(--_surface-2);
    color: var(--_ink);
  }

  .button {
    flex: none;
    min-block-size: 28px;
    padding: 4px 10px;
    border: 1px solid var(--_line);
    border-radius: 9px;
    background: var(--_background);
    color: var(--_ink);
    font-size: calc(13 * var(--_px));
    line-height: 1.4;
    white-space: nowrap;
    transition: border-color 120ms;
  }

  .button:hover:enabled {
    border-color: var(--_control-line);
  }

  .button:disabled {
    color: var(--_muted);
  }

  /* Text in another direction than the page keeps its own order: its full stop stands at its end. */
  .plain {
    unicode-bidi: plaintext;
  }

  /* It begins on the side of the page's text. Chromium knows the value by its prefixed name only. */
  .plain:where(p) {
    text-align: -webkit-match-parent;
    text-align: match-parent;
  }

  .unseen {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    margin: -1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }

  .skeleton {
    border-radius: 7px;
    background: var(--_skeleton);
    animation: breathe 1.4s ease-in-out infinite alternate;
  }

  @keyframes breathe {
    from {
      opacity: 1;
    }
    to {
      opacity: 0.45;
    }
  }

  @media (pointer: coarse) {
    .icon-button {
      inline-size: 44px;
      block-size: 44px;
    }

    .button {
      min-block-size: 44px;
      padding-inline: 14px;
    }
  }

  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation: none !important;
      transition: none !important;
      scroll-behavior: auto !important;
    }
  }

  @media (forced-colors: active) {
    .icon-button,
    .button {
      border: 1px solid ButtonText;
    }

    .icon {
      color: inherit !important;
    }

    .skeleton {
      border: 1px solid GrayText;
    }
  }
`;
