#include <QDirIterator>
#include <QFile>
#include <QImage>
#include <QtTest>

#include <cmath>
#include <numbers>

#include "ui/theme/theme.h"

using namespace signalbox::ui;

namespace {

double linear(double channel)
{
    return channel <= 0.04045 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
}

/// WCAG 2 relative luminance.
double luminance(const QColor& c)
{
    return 0.2126 * linear(c.redF()) + 0.7152 * linear(c.greenF()) + 0.0722 * linear(c.blueF());
}

double contrast(const QColor& a, const QColor& b)
{
    const double x = luminance(a);
    const double y = luminance(b);
    return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

struct Lab {
    double l, a, b;
};

Lab labOf(const QColor& c)
{
    const double r = linear(c.redF());
    const double g = linear(c.greenF());
    const double b = linear(c.blueF());
    const auto f = [](double t) { return t > 216.0 / 24389 ? std::cbrt(t) : (24389.0 / 27 * t + 16) / 116; };
    const double x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
    const double y = f(0.2126729 * r + 0.7151522 * g + 0.0721750 * b);
    const double z = f((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883);
    return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

double degrees(double radians)
{
    const double d = radians * 180 / std::numbers::pi;
    return d < 0 ? d + 360 : d;
}

/// CIEDE2000 with all weights 1 (Sharma, Wu, Dalal 2005).
double deltaE(const QColor& first, const QColor& second)
{
    const Lab p = labOf(first);
    const Lab q = labOf(second);
    const double meanC = (std::hypot(p.a, p.b) + std::hypot(q.a, q.b)) / 2;
    const double g = 0.5 * (1 - std::sqrt(std::pow(meanC, 7) / (std::pow(meanC, 7) + std::pow(25.0, 7))));
    const double a1 = p.a * (1 + g);
    const double a2 = q.a * (1 + g);
    const double c1 = std::hypot(a1, p.b);
    const double c2 = std::hypot(a2, q.b);
    const double h1 = degrees(std::atan2(p.b, a1));
    const double h2 = degrees(std::atan2(q.b, a2));
    double dh = h2 - h1;
    dh = dh > 180 ? dh - 360 : dh < -180 ? dh + 360 : dh;
    const double rad = std::numbers::pi / 180;
    const double dL = q.l - p.l;
    const double dC = c2 - c1;
    const double dH = 2 * std::sqrt(c1 * c2) * std::sin(dh / 2 * rad);
    const double meanL = (p.l + q.l) / 2;
    const double meanCp = (c1 + c2) / 2;
    double meanH = (h1 + h2) / 2;
    if (std::abs(h1 - h2) > 180) {
        meanH += meanH < 180 ? 180 : -180;
    }
    const double t = 1 - 0.17 * std::cos((meanH - 30) * rad) + 0.24 * std::cos(2 * meanH * rad) +
                     0.32 * std::cos((3 * meanH + 6) * rad) - 0.20 * std::cos((4 * meanH - 63) * rad);
    const double turn = 30 * std::exp(-std::pow((meanH - 275) / 25, 2));
    const double rc = 2 * std::sqrt(std::pow(meanCp, 7) / (std::pow(meanCp, 7) + std::pow(25.0, 7)));
    const double sl = 1 + 0.015 * std::pow(meanL - 50, 2) / std::sqrt(20 + std::pow(meanL - 50, 2));
    const double sc = 1 + 0.045 * meanCp;
    const double sh = 1 + 0.015 * meanCp * t;
    const double rt = -std::sin(2 * turn * rad) * rc;
    return std::sqrt(std::pow(dL / sl, 2) + std::pow(dC / sc, 2) + std::pow(dH / sh, 2) + rt * (dC / sc) * (dH / sh));
}

Tokens themeNamed(const QString& name)
{
    QFile file(QStringLiteral(":/themes/%1.json").arg(name));
    Tokens t;
    QString error;
    if (!file.open(QIODevice::ReadOnly) || !Tokens::fromJson(file.readAll(), &t, &error)) {
        qFatal("%s", qPrintable(error));
    }
    return t;
}

}  // namespace

class TestContrast : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void differenceFormula();
    void pairs_data();
    void pairs();
    void seriesAreToldApart_data() { themes(); }
    void seriesAreToldApart();
    void statusIsToldApart_data() { themes(); }
    void statusIsToldApart();
    void incompleteThemesAreRefused();
    void everyIconIsDrawnInItsColour();

private:
    static void themes()
    {
        QTest::addColumn<QString>("theme");
        QTest::newRow("light") << QStringLiteral("light");
        QTest::newRow("dark") << QStringLiteral("dark");
    }
};

void TestContrast::differenceFormula()
{
    QVERIFY(deltaE(Qt::white, Qt::white) < 1e-9);
    QVERIFY(std::abs(deltaE(Qt::white, Qt::black) - 100) < 0.1);
    QVERIFY(std::abs(contrast(Qt::white, Qt::black) - 21) < 0.01);
}

void TestContrast::pairs_data()
{
    QTest::addColumn<QColor>("ink");
    QTest::addColumn<QColor>("ground");
    QTest::addColumn<double>("least");
    for (const QString& name : {QStringLiteral("light"), QStringLiteral("dark")}) {
        const Tokens t = themeNamed(name);
        const auto row = [&name](const char* what, const QColor& ink, const QColor& ground, double least) {
            QTest::addRow("%s: %s", qPrintable(name), what) << ink << ground << least;
        };
        row("text on window", t.text, t.window, 4.5);
        row("text on surface", t.text, t.surface, 4.5);
        row("text on raised", t.text, t.raised, 4.5);
        row("muted text on window", t.muted, t.window, 4.5);
        row("muted text on surface", t.muted, t.surface, 4.5);
        row("muted text on raised", t.muted, t.raised, 4.5);
        row("accent text on surface", t.accent, t.surface, 4.5);
        row("text on an accent button", t.onAccent, t.accent, 4.5);
        row("text on a selected row", t.text, mix(t.accent, t.surface, t.dark ? 0.30 : 0.18), 4.5);
        row("focus ring on window", t.accent, t.window, 3);
        for (const QColor& ground : {t.window, t.surface, t.raised}) {
            for (const QColor& status : {t.ok, t.warn, t.error, t.limited, t.idle}) {
                QTest::addRow("%s: status %s on %s", qPrintable(name), qPrintable(status.name()),
                              qPrintable(ground.name()))
                    << status << ground << 3.0;
            }
        }
        for (const QColor& series : t.series) {
            QTest::addRow("%s: series %s on surface", qPrintable(name), qPrintable(series.name()))
                << series << t.surface << 3.0;
        }
    }
}

void TestContrast::pairs()
{
    QFETCH(QColor, ink);
    QFETCH(QColor, ground);
    QFETCH(double, least);
    const double measured = contrast(ink, ground);
    QVERIFY2(measured >= least, qPrintable(QStringLiteral("%1 : 1").arg(measured)));
}

void TestContrast::seriesAreToldApart()
{
    QFETCH(QString, theme);
    const Tokens t = themeNamed(theme);
    for (std::size_t i = 0; i < t.series.size(); ++i) {
        for (std::size_t j = i + 1; j < t.series.size(); ++j) {
            const double d = deltaE(t.series[i], t.series[j]);
            QVERIFY2(d >= 15, qPrintable(QStringLiteral("series %1 and %2 differ by %3").arg(i).arg(j).arg(d)));
        }
    }
}

void TestContrast::statusIsToldApart()
{
    QFETCH(QString, theme);
    const Tokens t = themeNamed(theme);
    const std::array<QColor, 5> status{t.ok, t.warn, t.error, t.limited, t.idle};
    for (std::size_t i = 0; i < status.size(); ++i) {
        for (std::size_t j = i + 1; j < status.size(); ++j) {
            const double d = deltaE(status[i], status[j]);
            QVERIFY2(d >= 15, qPrintable(QStringLiteral("status %1 and %2 differ by %3").arg(i).arg(j).arg(d)));
        }
    }
}

void TestContrast::incompleteThemesAreRefused()
{
    Tokens t;
    QString error;
    QVERIFY(!Tokens::fromJson("{", &t, &error));
    QVERIFY(!error.isEmpty());
    error.clear();
    QVERIFY(!Tokens::fromJson("{\"window\": \"#15181E\"}", &t, &error));
    QVERIFY2(error.contains(QLatin1String("not a colour")) || error.contains(QLatin1String("colours")),
             qPrintable(error));
}

void TestContrast::everyIconIsDrawnInItsColour()
{
    int seen = 0;
    for (QDirIterator it(QStringLiteral(":/icons")); it.hasNext();) {
        it.next();
        const QString name = it.fileInfo().completeBaseName();
        const QImage image =
            iconPixmap(name, 24, QColor(Qt::red), 1.0).toImage().convertToFormat(QImage::Format_ARGB32);
        int red = 0;
        for (int y = 0; y < image.height(); ++y) {
            for (int x = 0; x < image.width(); ++x) {
                const QColor c = image.pixelColor(x, y);
                QVERIFY2(c.alpha() == 0 || (c.green() < 30 && c.blue() < 30 && c.red() > 200), qPrintable(name));
                red += c.alpha() > 128 ? 1 : 0;
            }
        }
        QVERIFY2(red > 12, qPrintable(name));
        ++seen;
    }
    QVERIFY(seen >= 45);
}

int main(int argc, char** argv)
{
    QApplication app(argc, argv);
    TestContrast test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_contrast.moc"
