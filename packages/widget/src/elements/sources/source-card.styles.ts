export const sourceCardStyles = `
  .source-card {
    position: fixed;
    inset: auto;
    margin: 0;
    padding: 12px 14px;
    overflow: auto;
    max-block-size: min(320px, calc(100dvh - 16px));
    border: 1px solid var(--_line);
    border-radius: 14px;
    background: var(--_background);
    color: var(--_ink);
    font-size: calc(13.5 * var(--_px));
    line-height: 1.5;
    box-shadow: var(--_shadow);
  }

  .source-card p {
    margin: 0;
    overflow-wrap: anywhere;
  }

  .source-card .card-title {
    font-weight: 600;
    font-size: calc(14 * var(--_px));
  }

  .source-card .card-section {
    color: var(--_muted);
    font-size: calc(12.5 * var(--_px));
  }

  .source-card .card-quote {
    margin-block-start: 6px;
    color: var(--_muted);
  }

  .source-card mark {
    border-radius: 3px;
    background: color-mix(in oklab, var(--_accent) 22%, var(--_background));
    color: var(--_ink);
    box-decoration-break: clone;
    -webkit-box-decoration-break: clone;
    padding-block: 1px;
  }

  .source-card .card-foot {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    justify-content: space-between;
    gap: 2px 14px;
    margin-block-start: 8px;
    color: var(--_muted);
    font-size: calc(12.5 * var(--_px));
  }

  .source-card a {
    display: inline-flex;
    align-items: center;
    min-block-size: 24px;
    border-radius: 5px;
    color: var(--_link);
    font-weight: 600;
    text-decoration: none;
  }

  .source-card a:hover {
    text-decoration: underline;
    text-underline-offset: 0.15em;
  }

  @media (pointer: coarse) {
    .source-card a {
      min-block-size: 44px;
    }
  }

  @media (forced-colors: active) {
    .source-card mark {
      background: Mark;
      color: MarkText;
    }
  }
`;
