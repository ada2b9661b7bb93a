/** An app that holds out its tag, and a person's hand-over of a key that ends by itself: what an OAuth app is. */
export function AppsDrawing() {
  return (
    <svg aria-hidden="true" viewBox="0 0 200 100" className="h-35 w-70 max-w-full" fill="none">
      <path d="M62 50h76" className="stroke-control" strokeWidth="2" strokeDasharray="2 6" strokeLinecap="round" />
      <g className="fill-surface stroke-quiet" strokeWidth="2" strokeLinejoin="round">
        <rect x="14" y="24" width="52" height="52" rx="10" />
        <circle cx="160" cy="50" r="26" />
      </g>
      <path d="M14 37h52" className="stroke-quiet" strokeWidth="2" />
      <circle cx="22" cy="30.5" r="2" className="fill-control" />
      <circle cx="29" cy="30.5" r="2" className="fill-control" />
      <g style={{ fill: 'oklch(var(--tag-fill) 262)', stroke: 'oklch(var(--tag-letter) 262)' }} strokeWidth="1.5">
        <rect x="27" y="45" width="26" height="22" rx="4" />
      </g>
      <path
        d="M33 52h14M33 57h14M33 62h8"
        style={{ stroke: 'oklch(var(--tag-letter) 262)' }}
        strokeWidth="1.6"
        strokeLinecap="round"
      />
      <g className="stroke-quiet" strokeWidth="2" strokeLinecap="round">
        <circle cx="160" cy="43" r="8" />
        <path d="M145 67c2-9 8-13 15-13s13 4 15 13" />
      </g>
      <g className="fill-surface stroke-quiet" strokeWidth="2" strokeLinejoin="round" strokeLinecap="round">
        <circle cx="96" cy="50" r="9" />
        <path d="M105 50h19v6M117 50v5" />
        <circle cx="96" cy="50" r="2.500" />
      </g>
    </svg>
  )
}
