import {css} from 'lit';

export const historyStyles = css`
  :host {
    display: block;
    min-block-size: 0;
  }

  .panel {
    position: relative;
    display: flex;
    flex-direction: column;
    gap: 4px;
    block-size: 100%;
    padding: 12px;
    background: var(--_surface);
    font-size: calc(14 * var(--_px));
  }

  .top {
    display: flex;
    gap: 4px;
    align-items: center;
  }

  .new {
    flex: 1;
    display: flex;
    align-items: center;
    gap: 8px;
    min-block-size: 40px;
    padding: 7px 11px;
    border: 1px solid var(--_line);
    border-radius: 11px;
    background: var(--_background);
    font-size: calc(15 * var(--_px));
    font-weight: 500;
    transition: border-color 120ms;
  }

  .new:hover {
    border-color: var(--_control-line);
  }

  .find {
    display: flex;
    align-items: center;
    gap: 8px;
    padding-inline: 11px;
    border-radius: 9px;
    color: var(--_muted);
  }

  .find:has(input:focus-visible) {
    outline: 2px solid var(--_focus);
    outline-offset: -2px;
  }

  .find input {
    flex: 1;
    min-inline-size: 0;
    min-block-size: 38px;
    padding: 0;
    border: 0;
    outline: 0;
    background: none;
    color: var(--_ink);
    font: inherit;
    appearance: none;
  }

  .find input::placeholder {
    color: var(--_muted);
    opacity: 1;
  }

  .list {
    flex: 1;
    min-block-size: 0;
    margin-inline: -12px;
    padding-inline: 12px;
    overflow: hidden auto;
    overscroll-behavior: contain;
    scrollbar-width: thin;
    scrollbar-color: var(--_line) transparent;
  }

  h3 {
    margin: 10px 11px 2px;
    color: var(--_muted);
    font-size: calc(11.5 * var(--_px));
    font-weight: 600;
  }

  ul {
    margin: 0;
    padding: 0;
    list-style: none;
  }

  .item {
    position: relative;
    display: flex;
    align-items: center;
    border-radius: 9px;
    transition: background-color 120ms;
  }

  .item:hover {
    background: var(--_surface-2);
  }

  .current,
  .current:hover {
    background: var(--_tint);
  }

  .title {
    flex: 1;
    min-inline-size: 0;
    padding: 7px 11px;
    border-radius: 9px;
  }

  /* A block of the title's own direction, so that its end is cut and not its beginning. */
  .title bdi {
    display: block;
    overflow: hidden;
    text-align: match-parent;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .title:focus-visible {
    outline-offset: -2px;
  }

  /* They are only invisible, so that a pointer finds them in their place. */
  .tools {
    position: absolute;
    inset-block: 0;
    inset-inline-end: 3px;
    display: flex;
    align-items: center;
    opacity: 0;
  }

  .item:hover .tools,
  .item:focus-within .tools {
    opacity: 1;
  }

  .item:hover .title,
  .item:focus-within .title {
    padding-inline-end: 64px;
  }

  .small {
    inline-size: 28px;
    block-size: 28px;
    border-radius: 8px;
  }

  .small:hover {
    background: color-mix(in oklab, var(--_ink) 10%, transparent);
  }

  .small .icon {
    inline-size: 15px;
    block-size: 15px;
  }

  .rename input {
    inline-size: 100%;
    padding: 6px 10px;
    border: 1px solid var(--_control-line);
    border-radius: 9px;
    background: var(--_background);
    color: var(--_ink);
    font: inherit;
  }

  .empty {
    display: grid;
    gap: 10px;
    justify-items: start;
    margin: 12px 11px;
    color: var(--_muted);
  }

  .empty p {
    margin: 0;
  }

  .more {
    margin: 8px 11px;
  }

  .skeletons {
    display: grid;
    gap: 20px;
    padding: 20px 11px;
  }

  .skeleton {
    block-size: 14px;
  }

  .undo {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 8px;
    padding: 6px 6px 6px 11px;
    padding-inline: 11px 6px;
    border: 1px solid var(--_line);
    border-radius: 11px;
    background: var(--_background);
    font-size: calc(13 * var(--_px));
  }

  .tools-button {
    display: none;
  }

  /* Without hovering, one button of a chat leads to its others. */
  @media (hover: none) {
    .tools-button {
      display: grid;
    }

    .item .tools {
      opacity: 0;
      pointer-events: none;
    }

    .item .open-tools,
    .item .tools:focus-within {
      position: static;
      opacity: 1;
      pointer-events: auto;
    }

    .item:hover .title,
    .item:focus-within .title {
      padding-inline-end: 4px;
    }
  }

  @media (pointer: coarse) {
    .title {
      min-block-size: 44px;
    }

    .find input,
    .rename input {
      min-block-size: 44px;
      font-size: max(16px, calc(15 * var(--_px)));
    }

    .small {
      inline-size: 44px;
      block-size: 44px;
    }
  }

  @media (forced-colors: active) {
    .current {
      outline: 2px solid Highlight;
      outline-offset: -2px;
    }
  }
`;
