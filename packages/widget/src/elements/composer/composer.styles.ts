import {css} from 'lit';

export const composerStyles = css`
  :host {
    display: block;
  }

  .box {
    position: relative;
    display: block;
    margin: 0;
    border: 1px solid var(--_line);
    border-radius: 20px;
    background: var(--_background);
    box-shadow: 0 1px 2px rgb(0 0 0 / 4%);
    transition:
      border-color 120ms,
      box-shadow 120ms;
  }

  .box:has(textarea:focus) {
    border-color: var(--_focus);
    box-shadow: 0 0 0 3px var(--_ring);
  }

  /* The text is laid out a second time, invisibly, and gives the field its height, so that no script measures it. */
  .field {
    display: grid;
    max-block-size: min(200px, 40dvh);
    overflow: hidden auto;
    overscroll-behavior: contain;
    border-start-start-radius: 19px;
    border-start-end-radius: 19px;
    scrollbar-width: thin;
  }

  .replica,
  textarea {
    grid-area: 1 / 1;
    min-inline-size: 0;
    padding: calc(10px * var(--_density)) 14px calc(2px * var(--_density));
    font: inherit;
    letter-spacing: inherit;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }

  .replica {
    visibility: hidden;
  }

  textarea {
    display: block;
    inline-size: 100%;
    block-size: 100%;
    margin: 0;
    border: 0;
    outline: 0;
    resize: none;
    overflow: hidden;
    background: none;
    color: var(--_ink);
    caret-color: var(--_focus);
  }

  textarea::placeholder {
    color: var(--_muted);
    opacity: 1;
  }

  .bar {
    display: flex;
    align-items: center;
    gap: 4px;
    padding-block: calc(4px * var(--_density)) calc(8px * var(--_density));
    padding-inline: 6px 8px;
    cursor: text;
  }

  /* Without tools the button stands beside the text. */
  :host([compact]) .box {
    display: flex;
    align-items: flex-end;
  }

  :host([compact]) .field {
    flex: 1;
    min-inline-size: 0;
  }

  :host([compact]) :is(.replica, textarea) {
    padding-block: calc(12px * var(--_density));
  }

  :host([compact]) .bar {
    padding: calc(7px * var(--_density)) 7px;
  }

  .round {
    display: grid;
    place-items: center;
    flex: none;
    inline-size: 34px;
    block-size: 34px;
    margin-inline-start: auto;
    border-radius: 50%;
    background: var(--_accent);
    color: var(--_accent-ink);
    transition:
      background-color 120ms,
      color 120ms;
  }

  .stop + .send {
    margin-inline-start: 4px;
  }

  .round:disabled {
    background: var(--_surface-2);
    color: var(--_muted);
  }

  .stop {
    background: var(--_ink);
    color: var(--_background);
  }

  .stop .icon {
    inline-size: 17px;
    block-size: 17px;
  }

  @media (pointer: coarse) {
    /* With a smaller font a phone zooms in when the field is tapped. */
    .replica,
    textarea {
      font-size: max(16px, calc(15 * var(--_px)));
    }

    .field {
      min-block-size: 44px;
    }

    .round {
      inline-size: 44px;
      block-size: 44px;
    }
  }

  @media (forced-colors: active) {
    .box:has(textarea:focus) {
      outline: 2px solid Highlight;
    }

    .round {
      border: 1px solid ButtonText;
    }
  }
`;
