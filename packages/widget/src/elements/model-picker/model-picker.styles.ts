import {css} from 'lit';

export const modelPickerStyles = css`
  :host {
    display: block;
    min-inline-size: 0;
  }

  .pill {
    display: flex;
    align-items: center;
    gap: 6px;
    max-inline-size: 100%;
    min-block-size: 28px;
    padding: 4px 10px;
    border-radius: 999px;
    color: var(--_muted);
    font-size: calc(13 * var(--_px));
    line-height: calc(20 * var(--_px));
    transition: background-color 120ms;
  }

  .pill:hover,
  .pill[aria-expanded='true'] {
    background: var(--_surface-2);
    color: var(--_ink);
  }

  .pill-name {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .pill .icon {
    inline-size: 14px;
    block-size: 14px;
  }

  /* Placed by the composer's box, which is as wide as the list should be. */
  .menu {
    position: absolute;
    inset-inline: 0;
    inset-block-end: calc(100% + 8px);
    z-index: 2;
    max-block-size: min(320px, 50dvh);
    overflow: hidden auto;
    padding: 6px;
    border: 1px solid var(--_line);
    border-radius: 15px;
    background: var(--_background);
    box-shadow: 0 14px 40px -10px light-dark(rgb(0 0 0 / 30%), rgb(0 0 0 / 70%));
    outline: 0;
    scrollbar-width: thin;
  }

  .option {
    display: grid;
    grid-template-columns: 18px minmax(0, 1fr) auto;
    gap: 2px 9px;
    padding: 8px 10px;
    border-radius: 10px;
    cursor: pointer;
  }

  .active {
    background: var(--_surface-2);
  }

  .options {
    outline: 0;
  }

  .menu:has(:focus-visible) .active {
    outline: 2px solid var(--_focus);
    outline-offset: -2px;
  }

  .filter {
    inline-size: 100%;
    margin-block-end: 4px;
    padding: 7px 10px;
    border: 1px solid var(--_line);
    border-radius: 9px;
    outline: 0;
    background: none;
    color: var(--_ink);
    font: inherit;
    font-size: calc(14 * var(--_px));
  }

  .none {
    margin: 8px 10px;
    color: var(--_muted);
    font-size: calc(13 * var(--_px));
  }

  .tick {
    color: var(--_link);
  }

  .tick .icon {
    inline-size: 16px;
    block-size: 16px;
    margin-block-start: 3px;
  }

  .name {
    font-weight: 550;
    overflow-wrap: anywhere;
  }

  .name,
  .about {
    display: -webkit-box;
    overflow: hidden;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 2;
    line-clamp: 2;
  }

  .size,
  .about {
    color: var(--_muted);
    font-size: calc(12 * var(--_px));
  }

  .active :is(.size, .about) {
    color: color-mix(in oklab, var(--_ink) 74%, var(--_background));
  }

  .size {
    line-height: calc(23 * var(--_px));
  }

  .about {
    grid-column: 2 / -1;
    line-height: 1.35;
  }

  @media (pointer: coarse) {
    .pill,
    .option {
      min-block-size: 44px;
    }

    .option {
      align-content: center;
    }
  }

  @media (forced-colors: active) {
    .active {
      outline: 2px solid Highlight;
      outline-offset: -2px;
    }
  }
`;
