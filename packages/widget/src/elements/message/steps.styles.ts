export const stepsStyles = /* css */ `
  .reasoning summary {
    display: inline-flex;
    align-items: center;
    gap: 7px;
    min-block-size: 24px;
    color: var(--_muted);
    font-size: calc(13 * var(--_px));
  }

  .reasoning summary .icon {
    inline-size: 15px;
    block-size: 15px;
    transition: rotate 120ms;
  }

  .reasoning:dir(rtl) summary .icon {
    rotate: 180deg;
  }

  .reasoning[open] summary .icon {
    rotate: 90deg;
  }

  .reasoning .lively {
    color: var(--_ink);
    animation: think 1s ease-in-out infinite alternate;
  }

  /* Never too faint to be read. */
  @keyframes think {
    to {
      opacity: 0.68;
    }
  }

  .reasoning[open] {
    margin-block-end: 6px;
  }

  .thoughts {
    margin-block-start: 6px;
    margin-inline-start: 7px;
    padding-inline-start: 14px;
    border-inline-start: 2px solid var(--_line);
    color: var(--_muted);
    font-size: calc(13.5 * var(--_px));
    overflow-wrap: anywhere;
  }

  .tool {
    border: 1px solid var(--_line);
    border-radius: 12px;
    font-size: calc(13.5 * var(--_px));
  }

  .tool summary {
    display: flex;
    align-items: center;
    gap: 9px;
    min-block-size: 38px;
    padding: 6px 10px;
    border-radius: 12px;
  }

  .tool-name {
    min-inline-size: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .tool b {
    font-weight: 600;
  }

  .tool-state {
    margin-inline-start: auto;
    color: var(--_link);
  }

  .tool-state.expired,
  .tool-state.unanswered {
    flex: none;
    color: var(--_muted);
    font-size: calc(12.5 * var(--_px));
  }

  .tool-state.failed {
    color: var(--_warn);
  }

  .pulse {
    display: block;
    inline-size: 8px;
    block-size: 8px;
    margin: 5px;
    border-radius: 50%;
    background: var(--_link);
    animation: breathe 0.7s ease-in-out infinite alternate;
  }

  .tool dl {
    margin: 0;
    padding: 2px 10px 10px;
  }

  .tool dt {
    color: var(--_muted);
    font-size: calc(12 * var(--_px));
    margin-block: 6px 3px;
  }

  .tool dd {
    margin: 0;
  }

  .tool pre {
    max-block-size: 240px;
    margin: 0;
    padding: 8px 10px;
    overflow: auto;
    border-radius: 8px;
    background: var(--_surface);
    font: calc(12.5 * var(--_px)) / 1.5 var(--_font-mono);
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }

  @media (forced-colors: active) {
    .pulse {
      background: CanvasText;
      forced-color-adjust: none;
    }
  }
`;
