export const sourcesStyles = `
  .text {
    --_mark: var(--_tint);
    --_mark-ink: var(--_background);
  }

  .sources,
  .follow-ups {
    display: flex;
    flex-wrap: wrap;
    gap: 6px;
    margin: 0;
    padding: 0;
    list-style: none;
  }

  .sources li {
    min-inline-size: 0;
    max-inline-size: 100%;
  }

  a.chip {
    text-decoration: none;
  }

  a.chip:hover {
    border-color: var(--_control-line);
  }

  .title {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .number {
    display: grid;
    place-items: center;
    flex: none;
    min-inline-size: 18px;
    block-size: 18px;
    border-radius: 999px;
    background: var(--_tint);
    color: var(--_link);
    font-size: calc(11 * var(--_px));
    font-weight: 600;
  }

  .not-from-pages {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 10px;
    margin: 0;
    font-size: calc(13 * var(--_px));
  }

  .tag {
    display: inline-flex;
    align-items: center;
    gap: 6px;
    min-block-size: 26px;
    padding-block: 2px;
    padding-inline: 7px 10px;
    border: 1px solid var(--_line);
    border-radius: 8px;
    color: var(--_muted);
    font-size: calc(12.5 * var(--_px));
  }

  /* An i from an exclamation mark. */
  .tag .icon {
    inline-size: 14px;
    block-size: 14px;
    rotate: 180deg;
  }

  .nearest {
    color: var(--_muted);
    overflow-wrap: anywhere;
  }

  .not-from-pages :is(a, button) {
    display: inline-flex;
    align-items: center;
    min-block-size: 24px;
    border-radius: 5px;
    color: var(--_link);
    text-decoration: underline;
    text-underline-offset: 0.15em;
  }

  .follow-up {
    min-block-size: 34px;
    padding: 6px 13px;
    border: 1px solid var(--_line);
    border-radius: 17px;
    background: var(--_background);
    color: var(--_link);
    font-size: calc(13.5 * var(--_px));
    line-height: 1.4;
    overflow-wrap: anywhere;
    transition:
      border-color 120ms,
      background-color 120ms;
  }

  .follow-up:hover {
    border-color: var(--_accent);
    background: color-mix(in oklab, var(--_accent) 5%, var(--_background));
  }

  @media (pointer: coarse) {
    .follow-up,
    .not-from-pages :is(a, button) {
      min-block-size: 44px;
    }

    .follow-up {
      border-radius: 22px;
    }
  }

  @media (forced-colors: active) {
    .follow-up {
      border-color: ButtonText;
    }
  }
`;
