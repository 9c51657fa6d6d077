// A QR code as the gateway drew it. As a picture: what is in it can run nothing and style nothing here.

/** Without it a drawing is none outside a page. */
const NAMESPACE = 'xmlns="http://www.w3.org/2000/svg"';

export function Qr({ svg, label }: { svg: string; label: string }) {
  const drawing = svg.includes("xmlns=") ? svg : svg.replace("<svg", `<svg ${NAMESPACE}`);
  return <img class="qr" alt={label} src={`data:image/svg+xml,${encodeURIComponent(drawing)}`} />;
}
