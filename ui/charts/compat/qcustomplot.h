#pragma once
#pragma GCC system_header

// QCustomPlot's header spells Qt's keywords, which this project switches off (QT_NO_KEYWORDS): they exist for its length.
// Found before the library's own through the include path of signalbox_ui_charts; write #include <qcustomplot.h> as usual.

#include <QObject>

#ifdef QT_NO_KEYWORDS
#define signals Q_SIGNALS
#define slots Q_SLOTS
#define emit Q_EMIT
#define foreach Q_FOREACH
#include_next <qcustomplot.h>
#undef signals
#undef slots
#undef emit
#undef foreach
#else
#include_next <qcustomplot.h>
#endif
