// A door drawn: open, closed, or a question.

export function DoorPicture({ open }: { open: boolean | null }) {
  return (
    <svg class="door-picture" viewBox="0 0 36 48" aria-hidden="true">
      <path class="frame" d="M5 46V3h26v43M1 46h34" />
      {open === true && <path class="leaf" d="M5 3.5 20 9v37L5 46z" />}
      {open === false && <path class="leaf" d="M8 6h20v40H8z" />}
      {open === null && <path class="guess" d="M18 31.5v.1M13.5 19.5a4.5 4.5 0 1 1 6.6 4c-1.5.8-2.1 1.6-2.1 3.2" />}
      {open === true && <circle class="knob" cx="16.5" cy="28" r="1.3" />}
      {open === false && <circle class="knob" cx="24.5" cy="27" r="1.3" />}
    </svg>
  );
}
