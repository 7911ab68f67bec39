import type { ReactNode } from "react";
import { formatMoney, formatPrice, NO_MONEY, type Money, type Price, type PriceUnit } from "../model/units";

export function PriceText({ value, unit }: { value: Price; unit: PriceUnit }): ReactNode {
  return <span>{formatPrice(value, unit)}</span>;
}

/** Money that was won or lost: sign and arrow say it as well as the colour. */
export function Gain({ value }: { value: Money }): ReactNode {
  if (value === NO_MONEY) return <span className="text-mute">$0.00</span>;
  const up = value > NO_MONEY;
  return (
    <span className={up ? "text-yes" : "text-no"}>
      <span aria-hidden="true">{up ? "▲ " : "▼ "}</span>
      {formatMoney(value, { sign: true })}
    </span>
  );
}

/** Which way a number last went. */
export function Arrow({ moved }: { moved: number }): ReactNode {
  if (moved === 0) return <span aria-hidden="true" className="inline-block w-3" />;
  return (
    <span aria-hidden="true" className={`inline-block w-3 text-[10px] ${moved > 0 ? "text-yes" : "text-no"}`}>
      {moved > 0 ? "▲" : "▼"}
    </span>
  );
}
