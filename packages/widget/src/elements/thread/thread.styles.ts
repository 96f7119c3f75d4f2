import {css} from 'lit';

export const threadStyles = css`
  :host {
    position: relative;
    display: flex;
    flex-direction: column;
    min-block-size: 0;
    min-inline-size: 0;
    /* Messages ask how wide it is. */
    container-type: inline-size;
  }

  .scroller {
    flex: 1;
    min-block-size: 0;
    overflow: hidden auto;
    overscroll-behavior: contain;
    /* No scroll anchoring by the browser at the end: the controller follows it. Anywhere else the browser may. */
    overflow-anchor: none;
    scrollbar-width: thin;
    scrollbar-color: var(--_line) transparent;
    display: flex;
    flex-direction: column;
  }

  .scroller:focus-visible {
    outline-offset: -3px;
    border-radius: 6px;
  }

  .content {
    flex: 1 0 auto;
    display: flex;
    flex-direction: column;
    gap: var(--_gap);
    inline-size: 100%;
    max-inline-size: var(--_widest, var(--_measure, none));
    margin-inline: auto;
    padding: var(--_gap) var(--_pad) 0;
  }

  .group {
    display: flex;
    flex-direction: column;
    gap: var(--_gap);
    /* The height when it was last laid out, or else an estimate from its text. */
    contain-intrinsic-block-size: auto calc(var(--_lines) * 1lh);
  }

  /* Only in browsers with scroll anchoring, since boxes above the text change their height when they are laid out. */
  @supports (overflow-anchor: auto) {
    .offscreen {
      content-visibility: auto;
      overflow-clip-margin: 8px;
    }
  }

  @media print {
    .offscreen {
      content-visibility: visible;
    }
  }

  .end {
    block-size: 6px;
    margin-block-start: calc(-1 * var(--_gap));
    flex: none;
    padding-block-end: 6px;
  }

  .older {
    align-self: center;
  }

  ::slotted([slot='empty']) {
    flex: 1;
  }

  .jump {
    position: absolute;
    /* Above the bar of a code block, which sticks. */
    z-index: 1;
    inset-block-end: 10px;
    inset-inline: 0;
    margin-inline: auto;
    inline-size: max-content;
    display: flex;
    align-items: center;
    gap: 6px;
    min-inline-size: 34px;
    min-block-size: 34px;
    justify-content: center;
    border: 1px solid var(--_line);
    border-radius: 999px;
    background: var(--_background);
    color: var(--_ink);
    font-size: calc(13 * var(--_px));
    box-shadow: 0 4px 14px -4px rgb(0 0 0 / 22%);
  }

  .growing {
    padding-inline: 9px 13px;
  }

  .jump .icon {
    inline-size: 15px;
    block-size: 15px;
  }

  .jump:hover {
    background: color-mix(in oklab, var(--_ink) 4%, var(--_background));
  }

  .skeletons {
    inline-size: 100%;
    max-inline-size: var(--_text, none);
    margin-inline: auto;
    display: grid;
    gap: 12px;
  }

  .skeletons .skeleton {
    block-size: 15px;
    inline-size: 100%;
  }

  .skeletons .short {
    inline-size: 62%;
  }

  .skeletons .mine {
    block-size: 40px;
    inline-size: 58%;
    margin-block: 8px;
    border-radius: 16px 16px 5px 16px;
    justify-self: end;
  }

  .skeletons .mine.short {
    inline-size: 40%;
  }

  @media (pointer: coarse) {
    .jump {
      min-inline-size: 44px;
      min-block-size: 44px;
    }
  }
`;
