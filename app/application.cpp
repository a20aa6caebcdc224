#include "app/application.h"

#include <QApplication>
#include <QPixmap>
#include <QTimer>

#include <algorithm>
#include <iostream>
#include <memory>

#include "core/catalog/builtin_catalog.h"
#include "ui/shell/main_window.h"

namespace signalbox::app {

namespace {

constexpr int kInvalid = 1;
constexpr int kUsage = 2;

bool hasDisplay()
{
    return qEnvironmentVariableIsSet("DISPLAY") || qEnvironmentVariableIsSet("WAYLAND_DISPLAY");
}

/// True where the platform is settled; must come before QApplication.
bool choosePlatform(const WindowOptions& options)
{
    if (!options.screenshot.empty()) {
        if (!hasDisplay() && !qEnvironmentVariableIsSet("QT_QPA_PLATFORM")) {
            qputenv("QT_QPA_PLATFORM", "offscreen");
        }
        qputenv("QT_SCALE_FACTOR", QByteArray::number(options.scale));
        return true;
    }
    if (!hasDisplay() && !qEnvironmentVariableIsSet("QT_QPA_PLATFORM")) {
        std::cerr << "signalbox: error: there is no display; `signalbox run FILE` runs a site without a window\n";
        return false;
    }
    return true;
}

bool parseSize(const std::string& text, QSize* size)
{
    const QStringList parts = QString::fromStdString(text).split(u'x');
    bool okWidth = false;
    bool okHeight = false;
    if (parts.size() == 2) {
        *size = QSize(parts[0].toInt(&okWidth), parts[1].toInt(&okHeight));
    }
    return okWidth && okHeight && size->width() >= 200 && size->height() >= 200 && size->width() <= 16384 &&
           size->height() <= 16384;
}

ui::ThemeChoice themeOf(const std::string& text)
{
    return text == "light" ? ui::ThemeChoice::Light : text == "dark" ? ui::ThemeChoice::Dark : ui::ThemeChoice::System;
}

ui::Mode modeOf(const WindowOptions& options)
{
    if (options.mode == "run") {
        return ui::Mode::Run;
    }
    if (options.mode == "replay") {
        return ui::Mode::Replay;
    }
    return options.mode.empty() && options.run ? ui::Mode::Run : ui::Mode::Design;
}

/// Takes the picture when the window has been painted and `after` has passed since the site ran, or could not.
class Photographer : public QObject {
public:
    Photographer(ui::MainWindow& window, const WindowOptions& options) : m_window(window), m_options(options)
    {
        if (options.run && window.siteOpen()) {
            connect(&window.bridge(), &ui::EngineBridge::stateChanged, this, [this](ui::EngineBridge::State state) {
                if (state == ui::EngineBridge::State::Running) {
                    wait();
                }
            });
            connect(&window.bridge(), &ui::EngineBridge::startFailed, this, [this](const QString& why) {
                std::cerr << "signalbox: error: " << why.toStdString() << '\n';
                m_failed = true;
                wait();
            });
        } else {
            wait();
        }
    }

private:
    void wait()
    {
        // One more turn of the event loop after the time is up lets the last layout and paint happen.
        const auto after = std::max(std::chrono::milliseconds(300),
                                    std::chrono::duration_cast<std::chrono::milliseconds>(m_options.after));
        QTimer::singleShot(after, this, [this] { QTimer::singleShot(0, this, [this] { take(); }); });
    }

    void take()
    {
        const QPixmap picture = m_window.grab();
        const QString file = QString::fromStdString(m_options.screenshot);
        if (picture.isNull() || !picture.save(file, "PNG")) {
            std::cerr << "signalbox: error: cannot write the picture " << m_options.screenshot << '\n';
            QApplication::exit(kInvalid);
            return;
        }
        QApplication::exit(m_failed ? kInvalid : 0);
    }

    ui::MainWindow& m_window;
    const WindowOptions& m_options;
    bool m_failed = false;
};

int show(QApplication& application, const WindowOptions& options, const QSize& size)
{
    const bool picture = !options.screenshot.empty();
    ui::Settings settings(!picture);
    ui::Theme::instance().setTextScale(settings.textScale());
    ui::Theme::instance().install(options.theme.empty() ? (picture ? ui::ThemeChoice::Light : settings.theme())
                                                        : themeOf(options.theme));
    ui::MainWindow window(catalog::builtinCatalog(), settings);
    if (size.isValid()) {
        window.resize(size);
    }
    if (!options.file.empty() && !window.openFile(QString::fromStdString(options.file)) && picture) {
        std::cerr << "signalbox: error: " << options.file << " cannot be opened; `signalbox check` says why\n";
        return kInvalid;
    }
    if (window.siteOpen()) {
        window.setMode(modeOf(options));
    }
    if (picture) {
        // Away from where an offscreen pointer rests: nothing looks hovered in a picture.
        window.move(120, 120);
    }
    window.show();
    QStringList traffic;
    for (const std::string& name : options.traffic) {
        traffic.append(QString::fromStdString(name));
    }
    std::unique_ptr<Photographer> photographer;
    if (picture) {
        photographer = std::make_unique<Photographer>(window, options);
    }
    if (options.run) {
        window.run(traffic);
    }
    return application.exec();
}

}  // namespace

int runWindow(const WindowOptions& options)
{
    QSize size;
    if (!options.size.empty() && !parseSize(options.size, &size)) {
        std::cerr << "signalbox: error: '" << options.size << "' is not a size (like 1440x900)\n";
        return kUsage;
    }
    if (!size.isValid() && !options.screenshot.empty()) {
        size = QSize(1440, 900);
    }
    if (!choosePlatform(options)) {
        return kInvalid;
    }
    QGuiApplication::setHighDpiScaleFactorRoundingPolicy(Qt::HighDpiScaleFactorRoundingPolicy::PassThrough);
    QCoreApplication::setApplicationName(QStringLiteral("signalbox"));
    QCoreApplication::setOrganizationName(QStringLiteral("signalbox"));
    QCoreApplication::setApplicationVersion(QStringLiteral(SIGNALBOX_VERSION));
    QGuiApplication::setApplicationDisplayName(QStringLiteral("Signalbox"));
    QGuiApplication::setDesktopFileName(QStringLiteral("signalbox"));
    int argc = 1;
    char name[] = "signalbox";
    char* argv[] = {name, nullptr};
    QApplication application(argc, argv);
    return show(application, options, size);
}

}  // namespace signalbox::app
