/** Three keys on a rail, each with its own tag: what the keys page will hold. */
export function KeysDrawing() {
  return (
    <svg aria-hidden="true" viewBox="24 6 200 100" className="h-35 w-70 max-w-full" fill="none">
      <path d="M26 14.5h196" className="stroke-control" strokeWidth="2" strokeLinecap="round" />
      <HangingKey x={56} tilt={-4} hue={262} />
      <HangingKey x={120} tilt={2} hue={155} />
      <HangingKey x={184} tilt={-1} hue={60} />
    </svg>
  )
}

function HangingKey({ x, tilt, hue }: { x: number; tilt: number; hue: number }) {
  const letter = `oklch(var(--tag-letter) ${hue})`
  return (
    <g transform={`translate(${x} 14) rotate(${tilt})`} strokeLinejoin="round" strokeLinecap="round">
      <path d="M0-2.500a4.5 4.5 0 0 1 0 9v6" className="stroke-control" strokeWidth="2" />
      <g className="fill-surface stroke-quiet" strokeWidth="2">
        <path
          fillRule="evenodd"
          d="M0 13a14 14 0 0 1 4.5 27.260V82l-4.5 5-4.5-5v-5.500l3-3-3-3v-4l3-3-3-3V40.260A14 14 0 0 1 0 13Zm0 6.500a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9Z"
        />
      </g>
      <path d="M3 26c9 6 12 12 14 21" className="stroke-control" strokeWidth="1.5" />
      <g transform="translate(17 46) rotate(9)">
        <path
          d="M0-1.5 8 4.500v27a3 3 0 0 1-3 3H-5a3 3 0 0 1-3-3v-27L0-1.500Z"
          style={{ fill: `oklch(var(--tag-fill) ${hue})`, stroke: letter }}
          strokeWidth="1.5"
        />
        <circle cy="5.5" r="1.8" style={{ fill: letter }} />
        <path d="M-4 15h8M-4 20.500h8M-4 26h4.5" style={{ stroke: letter }} strokeWidth="1.6" />
      </g>
    </g>
  )
}
