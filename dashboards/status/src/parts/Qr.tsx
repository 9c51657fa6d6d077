// A QR code as the gateway drew it. As a picture: what is in it can run nothing and style nothing here.

export function Qr({ svg, label }: { svg: string; label: string }) {
  return <img class="qr" alt={label} src={`data:image/svg+xml,${encodeURIComponent(svg)}`} />;
}
